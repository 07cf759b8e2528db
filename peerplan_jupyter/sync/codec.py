"""Frames as bytes: loro-protocol v1, byte for byte like the npm package `loro-protocol`."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar, get_args

from ..errors import ProtocolError
from .frames import (
    Ack,
    Crdt,
    DocUpdate,
    Fragment,
    FragmentHeader,
    Frame,
    JoinError,
    JoinErrorCode,
    JoinRequest,
    JoinResponseOk,
    Leave,
    Permission,
    RoomError,
    RoomErrorCode,
    UpdateStatus,
)

MAX_FRAME = 256 * 1024
MAX_ROOM = 128
MAX_UINT = 2**32 - 1

_Code = TypeVar("_Code", bound=IntEnum)


def encode(frame: Frame) -> bytes:
    """The bytes of `frame`; `ProtocolError` if the room's name or the frame is too long."""
    room = _utf8(frame.room)
    if len(room) > MAX_ROOM:
        raise ProtocolError(f"The room name has {len(room)} bytes, and {MAX_ROOM} are allowed.")
    tag, payload = _payload(frame)
    data = frame.crdt.value + _bytes(room) + bytes((tag,)) + payload
    if len(data) > MAX_FRAME:
        raise ProtocolError(f"The frame has {len(data)} bytes, and {MAX_FRAME} are allowed.")
    return data


def _payload(frame: Frame) -> tuple[int, bytes]:  # noqa: PLR0911 - one line per type of frame
    match frame:
        case JoinRequest():
            return 0, _bytes(frame.auth) + _bytes(frame.version)
        case JoinResponseOk():
            return 1, _text(frame.permission) + _bytes(frame.version) + _bytes(frame.extra)
        case JoinError():
            return 2, bytes((frame.code,)) + _text(frame.message) + _join_error_rest(frame)
        case DocUpdate():
            updates = b"".join(map(_bytes, frame.updates))
            return 3, _uint(len(frame.updates)) + updates + _batch(frame.batch)
        case FragmentHeader():
            return 4, _batch(frame.batch) + _uint(frame.count) + _uint(frame.size)
        case Fragment():
            return 5, _batch(frame.batch) + _uint(frame.index) + _bytes(frame.data)
        case RoomError():
            return 6, bytes((frame.code,)) + _text(frame.message)
        case Leave():
            return 7, b""
        case Ack():
            return 8, _batch(frame.batch) + bytes((frame.status,))


def _join_error_rest(frame: JoinError) -> bytes:
    if frame.code is JoinErrorCode.VERSION_UNKNOWN and frame.receiver_version is not None:
        return _bytes(frame.receiver_version)
    if frame.code is JoinErrorCode.APP_ERROR and frame.app_code:
        return _text(frame.app_code)
    return b""


def _uint(number: int) -> bytes:
    """Unsigned LEB128."""
    if not 0 <= number <= MAX_UINT:
        raise ProtocolError(f"{number} does not fit into 32 bits.")
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _bytes(data: bytes) -> bytes:
    return _uint(len(data)) + data


def _text(text: str) -> bytes:
    return _bytes(_utf8(text))


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ProtocolError("A text holds half of a surrogate pair.") from None


def _batch(batch: bytes) -> bytes:
    if len(batch) != 8:
        raise ProtocolError(f"A batch id has 8 bytes, not {len(batch)}.")
    return batch


def decode(data: bytes) -> Frame:
    """The frame in `data`; `ProtocolError` for everything that is not one.

    Codes that are not known become the UNKNOWN of their kind. Bytes after the last field are
    refused where the reference refuses them (updates, fragments, acks) and ignored elsewhere.
    """
    if len(data) > MAX_FRAME:
        raise ProtocolError(f"The frame has {len(data)} bytes, and {MAX_FRAME} are allowed.")
    reader = _Reader(data)
    crdt = _crdt(reader.take(4))
    room = reader.text(MAX_ROOM)
    tag = reader.byte()
    if tag >= len(_READERS):
        raise ProtocolError(f"{tag} is not a message type.")
    return _READERS[tag](crdt, room, reader)


def _crdt(magic: bytes) -> Crdt:
    try:
        return Crdt(magic)
    except ValueError:
        raise ProtocolError(f"{magic!r} are not the magic bytes of a known type.") from None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def remaining(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        if count > self.remaining:
            raise ProtocolError(f"{count} bytes were expected and {self.remaining} are left.")
        self._at += count
        return self._data[self._at - count : self._at]

    def byte(self) -> int:
        return self.take(1)[0]

    def uint(self) -> int:
        number = 0
        for shift in range(0, 35, 7):
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        if byte >= 0x80 or number > MAX_UINT:
            raise ProtocolError("A number does not fit into 32 bits.")
        return number

    def bytes(self) -> bytes:
        return self.take(self.uint())

    def text(self, most: int = MAX_FRAME) -> str:
        raw = self.bytes()
        if len(raw) > most:
            raise ProtocolError(f"A text of {len(raw)} bytes came where {most} are allowed.")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise ProtocolError("A text is not UTF-8.") from None

    def code(self, kind: type[_Code], unknown: _Code) -> _Code:
        byte = self.byte()
        return kind(byte) if byte in kind._value2member_map_ else unknown

    def end(self) -> None:
        if self.remaining:
            raise ProtocolError(f"{self.remaining} bytes follow the end of the message.")


def _join_request(crdt: Crdt, room: str, reader: _Reader) -> JoinRequest:
    return JoinRequest(crdt, room, reader.bytes(), reader.bytes())


def _join_response(crdt: Crdt, room: str, reader: _Reader) -> JoinResponseOk:
    permission = reader.text()
    for known in get_args(Permission):
        if permission == known:
            return JoinResponseOk(crdt, room, known, reader.bytes(), reader.bytes())
    raise ProtocolError(f"{permission[:40]!r} is not a permission.")


def _join_error(crdt: Crdt, room: str, reader: _Reader) -> JoinError:
    code = reader.code(JoinErrorCode, JoinErrorCode.UNKNOWN)
    message = reader.text()
    if code is JoinErrorCode.VERSION_UNKNOWN and reader.remaining:
        return JoinError(crdt, room, code, message, receiver_version=reader.bytes())
    if code is JoinErrorCode.APP_ERROR and reader.remaining:
        return JoinError(crdt, room, code, message, app_code=reader.text())
    return JoinError(crdt, room, code, message)


def _doc_update(crdt: Crdt, room: str, reader: _Reader) -> DocUpdate:
    updates = tuple(reader.bytes() for _ in range(_count(reader)))
    frame = DocUpdate(crdt, room, updates, reader.take(8))
    reader.end()
    return frame


def _count(reader: _Reader) -> int:
    count = reader.uint()
    if count > reader.remaining:
        raise ProtocolError(f"{count} updates do not fit into {reader.remaining} bytes.")
    return count


def _fragment_header(crdt: Crdt, room: str, reader: _Reader) -> FragmentHeader:
    frame = FragmentHeader(crdt, room, reader.take(8), reader.uint(), reader.uint())
    reader.end()
    return frame


def _fragment(crdt: Crdt, room: str, reader: _Reader) -> Fragment:
    frame = Fragment(crdt, room, reader.take(8), reader.uint(), reader.bytes())
    reader.end()
    return frame


def _room_error(crdt: Crdt, room: str, reader: _Reader) -> RoomError:
    code = reader.code(RoomErrorCode, RoomErrorCode.UNKNOWN)
    return RoomError(crdt, room, code, reader.text())


def _leave(crdt: Crdt, room: str, _: _Reader) -> Leave:
    return Leave(crdt, room)


def _ack(crdt: Crdt, room: str, reader: _Reader) -> Ack:
    frame = Ack(crdt, room, reader.take(8), reader.code(UpdateStatus, UpdateStatus.UNKNOWN))
    reader.end()
    return frame


_READERS: tuple[Callable[[Crdt, str, _Reader], Frame], ...] = (
    _join_request,
    _join_response,
    _join_error,
    _doc_update,
    _fragment_header,
    _fragment,
    _room_error,
    _leave,
    _ack,
)

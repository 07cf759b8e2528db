"""Frames as bytes: loro-protocol v1, byte for byte like the npm package `loro-protocol`."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from ..errors import ProtocolError
from .fields import Reader, text, uint, utf8, var_bytes
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


def encode(frame: Frame) -> bytes:
    """The bytes of `frame`; `ProtocolError` if the room's name or the frame is too long."""
    room = utf8(frame.room)
    if len(room) > MAX_ROOM:
        raise ProtocolError(f"The room name has {len(room)} bytes, and {MAX_ROOM} are allowed.")
    tag, payload = _payload(frame)
    data = frame.crdt.value + var_bytes(room) + bytes((tag,)) + payload
    if len(data) > MAX_FRAME:
        raise ProtocolError(f"The frame has {len(data)} bytes, and {MAX_FRAME} are allowed.")
    return data


def _payload(frame: Frame) -> tuple[int, bytes]:  # noqa: PLR0911 - one line per type of frame
    match frame:
        case JoinRequest():
            return 0, var_bytes(frame.auth) + var_bytes(frame.version)
        case JoinResponseOk():
            return 1, text(frame.permission) + var_bytes(frame.version) + var_bytes(frame.extra)
        case JoinError():
            return 2, bytes((frame.code,)) + text(frame.message) + _join_error_rest(frame)
        case DocUpdate():
            updates = b"".join(map(var_bytes, frame.updates))
            return 3, uint(len(frame.updates)) + updates + _batch(frame.batch)
        case FragmentHeader():
            return 4, _batch(frame.batch) + uint(frame.count) + uint(frame.size)
        case Fragment():
            return 5, _batch(frame.batch) + uint(frame.index) + var_bytes(frame.data)
        case RoomError():
            return 6, bytes((frame.code,)) + text(frame.message)
        case Leave():
            return 7, b""
        case Ack():
            return 8, _batch(frame.batch) + bytes((frame.status,))


def _join_error_rest(frame: JoinError) -> bytes:
    if frame.code is JoinErrorCode.VERSION_UNKNOWN and frame.receiver_version is not None:
        return var_bytes(frame.receiver_version)
    if frame.code is JoinErrorCode.APP_ERROR and frame.app_code:
        return text(frame.app_code)
    return b""


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
    reader = Reader(data)
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


def _join_request(crdt: Crdt, room: str, reader: Reader) -> JoinRequest:
    return JoinRequest(crdt, room, reader.bytes(), reader.bytes())


def _join_response(crdt: Crdt, room: str, reader: Reader) -> JoinResponseOk:
    permission = reader.text()
    for known in get_args(Permission):
        if permission == known:
            return JoinResponseOk(crdt, room, known, reader.bytes(), reader.bytes())
    raise ProtocolError(f"{permission[:40]!r} is not a permission.")


def _join_error(crdt: Crdt, room: str, reader: Reader) -> JoinError:
    code = reader.code(JoinErrorCode, JoinErrorCode.UNKNOWN)
    message = reader.text()
    if code is JoinErrorCode.VERSION_UNKNOWN and reader.remaining:
        return JoinError(crdt, room, code, message, receiver_version=reader.bytes())
    if code is JoinErrorCode.APP_ERROR and reader.remaining:
        return JoinError(crdt, room, code, message, app_code=reader.text())
    return JoinError(crdt, room, code, message)


def _doc_update(crdt: Crdt, room: str, reader: Reader) -> DocUpdate:
    updates = tuple(reader.bytes() for _ in range(_count(reader)))
    frame = DocUpdate(crdt, room, updates, reader.take(8))
    reader.end()
    return frame


def _count(reader: Reader) -> int:
    count = reader.uint()
    if count > reader.remaining:
        raise ProtocolError(f"{count} updates do not fit into {reader.remaining} bytes.")
    return count


def _fragment_header(crdt: Crdt, room: str, reader: Reader) -> FragmentHeader:
    frame = FragmentHeader(crdt, room, reader.take(8), reader.uint(), reader.uint())
    reader.end()
    return frame


def _fragment(crdt: Crdt, room: str, reader: Reader) -> Fragment:
    frame = Fragment(crdt, room, reader.take(8), reader.uint(), reader.bytes())
    reader.end()
    return frame


def _room_error(crdt: Crdt, room: str, reader: Reader) -> RoomError:
    code = reader.code(RoomErrorCode, RoomErrorCode.UNKNOWN)
    return RoomError(crdt, room, code, reader.text())


def _leave(crdt: Crdt, room: str, _: Reader) -> Leave:
    return Leave(crdt, room)


def _ack(crdt: Crdt, room: str, reader: Reader) -> Ack:
    frame = Ack(crdt, room, reader.take(8), reader.code(UpdateStatus, UpdateStatus.UNKNOWN))
    reader.end()
    return frame


_READERS: tuple[Callable[[Crdt, str, Reader], Frame], ...] = (
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

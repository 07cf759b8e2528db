"""Relayed frames: `varString topic, varString peer, payload`, as lib0 writes strings."""

from __future__ import annotations

from ...errors import ProtocolError

_LONGEST = 2**14 - 1


def encode_names(topic: str, peer: str) -> bytes:
    """The beginning of a frame."""
    return encode_name(topic) + encode_name(peer)


def encode_name(name: str) -> bytes:
    """A varString: its length as LEB128, then UTF-8. `ProtocolError` above 16,383 bytes."""
    data = name.encode()
    if len(data) > _LONGEST:
        raise ProtocolError(f"A name of {len(data)} bytes; {_LONGEST} can be written.")
    if len(data) < 128:
        return bytes((len(data),)) + data
    return bytes((len(data) & 127 | 128, len(data) >> 7)) + data


def decode_names(frame: bytes) -> tuple[str, str, int]:
    """Topic, peer, and where the payload begins; `ProtocolError` if `frame` is none."""
    topic, at = _name(frame, 0)
    peer, at = _name(frame, at)
    return topic, peer, at


def _name(frame: bytes, at: int) -> tuple[str, int]:
    try:
        length, at = frame[at], at + 1
        if length > 127:
            length, at = length & 127 | frame[at] << 7, at + 1
    except IndexError:
        raise ProtocolError("A relayed frame ends within its names.") from None
    end = at + length
    if length > _LONGEST or end > len(frame):
        raise ProtocolError("A relayed frame ends within its names.")
    try:
        return frame[at:end].decode(), end
    except UnicodeDecodeError:
        raise ProtocolError("A name in a relayed frame is not UTF-8.") from None

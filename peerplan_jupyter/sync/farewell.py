"""The last word about a peer that another says: it is gone."""

from __future__ import annotations

from typing import Any

import loro

from .fields import text

_STAMPS = 2**64


def farewell(peer: str, value: Any, said: bytes) -> bytes:
    """That a peer says nothing any more, after it had said `value`; `said` is that, encoded.

    It is newer by a millisecond than what the peer said, by the peer's own clock: a time by
    another, which may be ahead, would outlast what the peer says when it comes again. Empty if
    the time is none to go on from.
    """
    head = b"\x01" + text(peer)
    if not said.startswith(head):
        return b""
    stamp = said[len(head) + _size(peer, value) :]
    number = sum((byte & 0x7F) << 7 * at for at, byte in enumerate(stamp)) + 2
    return b"" if number % 2 or number >= _STAMPS else head + b"\x00" + _varint(number)


def _size(peer: str, value: Any) -> int:
    """Bytes of a value in an encoded store, where its time follows. Nothing is one byte."""
    store = loro.EphemeralStore(30_000)
    store.set(peer, value)
    filled = len(store.encode(peer))
    store.delete(peer)
    return filled - len(store.encode(peer)) + 1


def _varint(number: int) -> bytes:
    """A time as postcard writes it: milliseconds, doubled, for odd numbers are negative."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)

"""Sealed bytes: AES-256-GCM with a random IV, or with a counter for what comes in order."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import ProtocolError

IV_SIZE = 12
TAG_SIZE = 16
COUNTER_SIZE = 8


def seal(key: bytes, data: bytes, aad: bytes) -> bytes:
    """IV, ciphertext and tag; only with the same additional data can it be opened."""
    iv = os.urandom(IV_SIZE)
    return iv + AESGCM(key).encrypt(iv, data, aad)


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """What was sealed; `ProtocolError` if the key, the additional data or a bit is wrong."""
    return opened(key, sealed[:IV_SIZE], sealed[IV_SIZE:], aad)


def opened(key: bytes, iv: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """What AES-256-GCM sealed under this IV; `ProtocolError` if anything is wrong."""
    if len(iv) != IV_SIZE or len(ciphertext) < TAG_SIZE:
        raise ProtocolError(f"{len(ciphertext)} bytes are too few for something sealed.")
    try:
        return AESGCM(key).decrypt(iv, ciphertext, aad)
    except InvalidTag:
        raise ProtocolError(
            "Something sealed cannot be opened: it was made with another key, or changed."
        ) from None


class Direction:
    """One direction of a relayed link: what was sealed is opened in the same order, once.

    A frame is `counter (8 bytes, big endian, from 0) || AES-256-GCM`, its IV four zero bytes and
    the counter. A key serves one direction of one link and is never used again.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._next = 0

    def seal(self, data: bytes) -> bytes:
        """The next frame."""
        counter = self._count()
        return counter + AESGCM(self._key).encrypt(bytes(4) + counter, data, None)

    def unseal(self, frame: bytes) -> bytes:
        """What is in the frame whose turn it is; `ProtocolError` for any other, and the link is
        over then.
        """
        expected = self._next.to_bytes(COUNTER_SIZE)
        if frame[:COUNTER_SIZE] != expected:
            raise ProtocolError("A relayed frame was lost, came twice or came out of order.")
        data = opened(self._key, bytes(4) + expected, frame[COUNTER_SIZE:], b"")
        self._count()
        return data

    def _count(self) -> bytes:
        counter = self._next.to_bytes(COUNTER_SIZE)
        self._next += 1
        return counter

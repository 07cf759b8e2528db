"""%ELO: changes of a document in encrypted records, byte for byte as npm's `loro-protocol`.

A container holds records; a record has a header that anybody can read (whose changes, from where
to where, which key) and the changes, sealed with the header as additional data. Specified in
`protocol-e2ee.md` of loro-dev/protocol; where that differs from the packages (what is encrypted
is a Loro update, and a peer is written as decimal text) the packages are followed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import ProtocolError
from .fields import Reader, text, uint, var_bytes
from .sealing import IV_SIZE, opened

MAX_ID = 64
"""Bytes of a peer's id and of a key's."""
MAX_RECORDS = 10_000
MAX_PEERS = 10_000
"""Peers in the header of a snapshot."""
_SPAN, _SNAPSHOT = 0, 1


@dataclass(frozen=True, slots=True)
class Span:
    """Operations of one Loro peer, from `start` to before `end`."""

    peer: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record whose header was read. It says nothing for sure until it is opened."""

    span: Span | None
    """None for a snapshot."""
    key_id: str
    iv: bytes
    ciphertext: bytes
    header: bytes

    def open(self, key: bytes) -> bytes:
        """What it holds; `ProtocolError` if it was made with another key, or changed."""
        return opened(key, self.iv, self.ciphertext, self.header)


def sealed_record(key: bytes, key_id: str, span: Span, data: bytes, iv: bytes = b"") -> bytes:
    """A record of changes; `iv` is random unless given."""
    if not span.start < span.end:
        raise ProtocolError(f"Nothing is in the operations {span.start} to {span.end}.")
    iv = iv or os.urandom(IV_SIZE)
    place = var_bytes(span.peer) + uint(span.start) + uint(span.end)
    header = bytes((_SPAN,)) + place + text(key_id) + var_bytes(iv)
    return header + var_bytes(AESGCM(key).encrypt(iv, data, header))


def contained(records: Iterable[bytes]) -> bytes:
    """The records in one container."""
    found = list(records)
    return uint(len(found)) + b"".join(map(var_bytes, found))


def records_of(container: bytes) -> Iterator[Record]:
    """The records in a container; `ProtocolError` for anything else."""
    reader = Reader(container)
    count = reader.uint()
    if count > MAX_RECORDS or count > reader.remaining:
        raise ProtocolError(f"{count} records came in {reader.remaining} bytes.")
    found = [_record(reader.bytes()) for _ in range(count)]
    reader.end()
    yield from found


def _record(data: bytes) -> Record:
    reader = Reader(data)
    kind = reader.byte()
    if kind not in {_SPAN, _SNAPSHOT}:
        raise ProtocolError(f"{kind} is not a kind of encrypted record.")
    span: Span | None = None
    if kind == _SPAN:
        span = _span(reader)
    else:
        _skip_version(reader)
    key_id, iv = reader.text(MAX_ID), reader.bytes(IV_SIZE)
    header = data[: reader.at]
    record = Record(span, key_id, iv, reader.bytes(), header)
    reader.end()
    if len(iv) != IV_SIZE:
        raise ProtocolError(f"The IV of a record has {IV_SIZE} bytes, not {len(iv)}.")
    return record


def _span(reader: Reader) -> Span:
    span = Span(reader.bytes(MAX_ID), reader.uint(), reader.uint())
    if not span.start < span.end:
        raise ProtocolError(f"Nothing is in the operations {span.start} to {span.end}.")
    return span


def _skip_version(reader: Reader) -> None:
    """The version vector in the header of a snapshot."""
    count = reader.uint()
    if count > MAX_PEERS:
        raise ProtocolError(f"{count} peers in a header; {MAX_PEERS} are allowed.")
    for _ in range(count):
        reader.bytes(MAX_ID)
        reader.uint()

"""Calls into Loro, whose errors and panics are bare `BaseException`s."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager

import loro

from ..errors import DocumentError, PeerPlanError

_PASS = (Exception, KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError)


class PanicError(DocumentError):
    """Loro panicked: the document must be dropped and loaded again from its last good bytes."""

    code = "document_panic"


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Run Loro calls; what they raise becomes a `DocumentError` that says `what` failed.

    Python exceptions and the interpreter's own signals pass unchanged.
    """
    try:
        yield
    except _PASS:
        raise
    except BaseException as error:
        panic = type(error).__name__ == "PanicException"
        kind: type[PeerPlanError] = PanicError if panic else DocumentError
        raise kind(f"{what} failed: {str(error)[:300]}") from None


def new_document() -> loro.LoroDoc:
    """An empty Loro document under a peer id of its own."""
    return loro.LoroDoc()  # type: ignore[no-untyped-call]


def new_peer() -> int:
    """A Loro peer id, which is 64 random bits."""
    return int.from_bytes(os.urandom(8))


def no_version() -> loro.VersionVector:
    """The version of a document without history."""
    return loro.VersionVector()  # type: ignore[no-untyped-call]


def is_updates(blob: bytes) -> bool:
    """Whether `blob` is Loro's updates mode, the only form taken from peers.

    A snapshot is LZ4-compressed, and 785 kB of one can claim 500 MB of memory. Read from the
    header (magic, 16 bytes of checksum, big-endian mode), so that Loro is not called.
    """
    return blob[:4] == b"loro" and blob[20:22] == b"\x00\x04"


def holds(doc: loro.LoroDoc, update: bytes) -> bool:
    """Whether all of an update is in `doc`; False for one that waits for others, or is none."""
    try:
        with guarded("Reading an update"):
            told = loro.LoroDoc.decode_import_blob_meta(update, check_checksum=True)
            return bool(doc.oplog_vv.includes_vv(told.partial_end_vv))
    except DocumentError:
        return False

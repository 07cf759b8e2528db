"""Calls into Loro, whose errors and panics are bare `BaseException`s."""

from __future__ import annotations

import asyncio
import subprocess
import sys
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


def no_version() -> loro.VersionVector:
    """The version of a document without history."""
    return loro.VersionVector()  # type: ignore[no-untyped-call]


def is_updates(blob: bytes) -> bool:
    """Whether `blob` is Loro's updates mode, the only form taken from peers.

    A snapshot is LZ4-compressed, and 785 kB of one can claim 500 MB of memory. Read from the
    header (magic, 16 bytes of checksum, big-endian mode), so that Loro is not called.
    """
    return blob[:4] == b"loro" and blob[20:22] == b"\x00\x04"


_TRIAL = """
import sys, loro
doc = loro.LoroDoc()
try:
    doc.import_(sys.stdin.buffer.read())
    doc.export(loro.ExportMode.Updates(loro.VersionVector()))
except BaseException as error:
    sys.exit(str(error)[:300] or "refused")
"""


def trial_import(blob: bytes, seconds: float = 30) -> None:
    """Import `blob` in a child process first, which may die of it in our place.

    For bytes from somebody unknown: a valid checksum around a hostile body has made Loro ask for
    more memory than there is, which ends the process. Takes about 0.1 s. Raises `DocumentError`.
    """
    if not is_updates(blob):
        raise DocumentError(
            "These bytes are not a Loro update; snapshots are not taken from peers."
        )
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _TRIAL],
            input=blob,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DocumentError(f"The document took more than {seconds:g} s to load.") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise DocumentError(
            f"The document is damaged or hostile: {said[-1][:200] if said else 'no reason given'}.",
            hint="Ask its author to publish the plan again.",
        )

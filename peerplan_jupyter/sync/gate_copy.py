"""A copy of a document, in another process, on which updates of others are tried."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import loro

from ..errors import DocumentError, ProtocolError, TooLargeError
from ..plan.document import PlanDocument
from ..plan.guard import guarded, is_updates, no_version
from .refusals import EarlyError, LethalError, OversteppedError
from .rules import Write, read_writes

MAX_UPDATE = 2_000_000
"""Bytes of one update by a guest: some 5000 annotations at once."""
MAX_ANSWER = 100_000_000
_SLOWEST = 500_000
"""Bytes for which a trial may take a second longer."""
LONG = 50_000
"""Bytes of an update that is worth another thread."""
_LAST = 1.0
_ENDED = {"error": "the process that tried it ended", "ended": True}
_program = Path(__file__).with_name("gate_process.py")


class GateCopy:
    """What an update would write, found out where it can do no harm.

    Loro 1.17.1 can be made to abort its process by bytes with a valid checksum, and its JSON to
    exhaust a stack. The copy follows the document by itself; its process begins at the first
    trial and begins anew after a failure. On the document's thread, which is blocked while it
    tries: a few milliseconds, at most twice `seconds`, and longer only for what is not `foreseen`.
    """

    def __init__(
        self,
        document: Callable[[], PlanDocument | None],
        *,
        seconds: float = 10.0,
        fork: bool = True,
    ) -> None:
        self.document, self._seconds = document, seconds
        self._command = [sys.executable, "-P", str(_program), *([] if fork else ["--no-fork"])]
        self._process: subprocess.Popen[bytes] | None = None
        self._version = self._ahead = b""
        self._turn = asyncio.Lock()
        self._foretelling = False
        self._foretold: dict[tuple[bytes, bytes], dict[str, Any]] = {}

    def writes(self, update: bytes) -> list[Write]:
        """The operations of `update` that the document does not have yet.

        Raises `EarlyError` if something is missing that it depends on, or while another is tried
        beforehand that was not waited for, `ProtocolError` for bytes
        that are not an update, `TooLargeError`, and `DocumentError` for what Loro refuses or dies
        of.
        """
        if not is_updates(update):
            raise ProtocolError("The bytes are not a Loro update; snapshots are not taken.")
        if len(update) > MAX_UPDATE:
            raise TooLargeError(f"An update of {len(update)} bytes; {MAX_UPDATE} are allowed.")
        told = self._tried(update)
        if told.get("pending"):
            raise EarlyError("The update came before what it depends on.")
        if "error" in told:
            raise DocumentError(f"Trying an update failed: {str(told['error'])[:300]}")
        return _writes(told["changes"])

    def survive(self, update: bytes) -> None:
        """Raise unless the document takes in `update`, whatever it says, without harm.

        Raises as `writes`, but for `LethalError` in the place of `DocumentError` where the process
        ended, and whatever its size. The copy has the update then, so that a trial costs little
        more than the import of it.
        """
        if not is_updates(update):
            raise ProtocolError("The bytes are not a Loro update; snapshots are not taken.")
        told = self._tried(update, b"K")
        if told.get("pending"):
            raise EarlyError("The update came before what it depends on.")
        if told.get("ended"):
            raise LethalError("The update would have ended the process that takes it in.")
        if "survived" not in told:
            raise DocumentError(f"Trying an update failed: {str(told.get('error'))[:300]}")

    @asynccontextmanager
    async def foreseen(self, update: bytes, *, survives: bool = False) -> AsyncIterator[None]:
        """While it lasts, `writes` or, with `survives`, `survive` of this update is quick, since it
        was tried before, without holding up the document's thread. Others wait for their turn.

        Of `b""` only the copy is made, if it is not there yet. What is quick anyway is left to
        these methods, as is all that they raise.
        """
        kind = b"K" if survives and update else b"T"
        async with self._turn:
            try:
                if self._process is None or len(update) > LONG:
                    told = await self._foretell(kind, update)
                    self._foretold = {(kind, update): told} if update else {}
            except BaseException:
                self.close()  # what still reads its answer ends
                raise
            try:
                yield
            finally:
                left = self._foretold.values()
                if any("version" in told for told in left):  # the copy has it, the document not
                    self.close()
                self._foretold = {}

    def start(self) -> None:
        """Begin the process, which takes a moment, before it is needed."""
        if self._process is None:
            self._version = self._ahead = b""
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    async def _foretell(self, kind: bytes, update: bytes) -> dict[str, Any]:
        self._foretelling = True
        try:
            told = await asyncio.to_thread(self._asked, self._follow(), kind, update)
            if told is None:
                self.close()
                told = await asyncio.to_thread(self._asked, self._follow(), kind, update)
        finally:
            self._foretelling = False
        return told or _ENDED

    def _tried(self, update: bytes, kind: bytes = b"T") -> dict[str, Any]:
        if self._foretelling:
            raise EarlyError("Another update is being tried.")
        told = self._foretold.pop((kind, update), None)
        told = told or self._asked_twice(kind, update)
        self._ahead = base64.b64decode(str(told.get("version", "")))
        if told is _ENDED or (self._ahead and not {"changes", "survived"} & set(told)):
            self.close()
        return told

    def _asked_twice(self, kind: bytes, update: bytes) -> dict[str, Any]:
        told = self._asked(self._follow(), kind, update)
        if told is None:
            self.close()
            told = self._asked(self._follow(), kind, update)
        return told or _ENDED

    def _asked(self, missing: bytes, kind: bytes, update: bytes) -> dict[str, Any] | None:
        """What becomes of an update, once the copy was told what it lacked; None if its process was
        gone before it was asked, or was killed: a machine may hold it up, and what is the update's
        fault a second one dies of as well. On any thread.
        """
        process = self._process
        if process is None or process.poll() is not None:
            return None
        watchdog = threading.Timer(self._seconds + len(update) / _SLOWEST, process.kill)
        watchdog.start()
        try:
            if missing and not _sent(process, b"B", missing):
                return None
            if _sent(process, kind, update):
                return _answer(process)
        except (OSError, ValueError):
            pass
        finally:
            watchdog.cancel()
        return None if _was_killed(process) else _ENDED

    def _follow(self) -> bytes:
        """What the copy lacks of the document, from now on its version; all of it for a new one,
        where the copy has what the document has not.
        """
        document = self.document()
        version = document.version() if document else b""
        if self._ahead and _includes(version, self._ahead):
            self._version, self._ahead = self._ahead, b""
        elif self._ahead:
            self.close()
        self.start()
        if document is None or version == self._version:
            return b""
        missing, self._version = document.updates_since(self._version), version
        return missing


def _was_killed(process: subprocess.Popen[bytes]) -> bool:
    try:
        return process.wait(_LAST) == -int(getattr(signal, "SIGKILL", 0))
    except subprocess.TimeoutExpired:
        return False


def _sent(process: subprocess.Popen[bytes], kind: bytes, data: bytes) -> bool:
    assert process.stdin is not None  # noqa: S101
    try:
        process.stdin.write(kind + len(data).to_bytes(4) + data)
        process.stdin.flush()
    except OSError:
        return False
    return True


def _answer(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101
    size = int.from_bytes(process.stdout.read(4))
    if not 0 < size <= MAX_ANSWER:
        raise ValueError("No answer came.")
    told = json.loads(process.stdout.read(size))
    return dict(told)


def _writes(changes: list[str]) -> list[Write]:
    try:
        found = [json.loads(one) for one in changes]
    except RecursionError:
        raise OversteppedError("The update holds a value of too many levels.") from None
    return [write for one in found for write in read_writes(one)]


def _includes(version: bytes, other: bytes) -> bool:
    with guarded("Comparing versions"):
        mine = loro.VersionVector.decode(version) if version else no_version()
        return mine.includes_vv(loro.VersionVector.decode(other))

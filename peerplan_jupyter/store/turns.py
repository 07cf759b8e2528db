"""Taking turns: the processes of one machine that publish to one remote wait for each other.

Only a courtesy that saves retries: what keeps publications from being lost is the
compare-and-swap on the remote.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import filelock

from ..errors import StorageError
from .home import Home
from .hosts import repository_address

PATIENCE = 30.0
"""Seconds that a publication waits for the one before it."""


class Turn:
    """One publication's turn at a remote's branch."""

    def __init__(self, note: Path | None) -> None:
        self._note = note

    def last_tip(self) -> str | None:
        """The tip that this machine saw last, or None when nobody noted one."""
        if self._note is None:
            return None
        try:
            return self._note.read_text("ascii").strip() or None
        except (OSError, ValueError):
            return None

    def note_tip(self, tip: str) -> None:
        """Remember the tip for whoever comes next."""
        if self._note is not None:
            with contextlib.suppress(OSError):
                self._note.write_text(tip, "ascii")


@contextlib.contextmanager
def turn(url: str, start: Path, branch: str) -> Iterator[Turn]:
    """Wait for a turn, at most `PATIENCE` seconds; where no lock can be held, there is no wait.

    A remote that is a folder is meant relative to `start`.
    """
    try:
        place = _place(url, start)
        name = hashlib.sha256(f"{place}\n{branch}".encode()).hexdigest()[:24]
        folder = Home.default().locks
        lock = filelock.FileLock(folder / f"{name}.lock", timeout=PATIENCE, poll_interval=0.004)
        lock.acquire()
    except (OSError, StorageError, NotImplementedError):
        yield Turn(None)
        return
    try:
        yield Turn(folder / f"{name}.tip")
    finally:
        lock.release()


def _place(url: str, start: Path) -> str:
    """One name for a remote, however a repository of this machine writes it."""
    address = repository_address(url)
    return url if address.host else os.path.realpath(start / address.project)

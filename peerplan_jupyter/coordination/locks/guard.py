"""The guard: one person runs one task once at a time, on one clone."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ...errors import AlreadyRunningError, StorageError, UnsafePathError
from .process import Process
from .record import make_folder, read_record, seconds, unwritable, write_record

if TYPE_CHECKING:
    from filelock import BaseFileLock

PATIENCE = 0.5
"""Seconds for which a holder that has just come may still be about to say who it is."""


@dataclass(frozen=True)
class Run:
    """Who runs a task, or did, and since when."""

    process: Process
    started: float
    """Unix seconds."""
    token: str

    @property
    def is_alive(self) -> bool | None:
        """Whether the process is there; None when that cannot be judged from here."""
        return self.process.is_alive()

    def to_dict(self) -> dict[str, Any]:
        """JSON values, without the token."""
        return {**self.process.to_dict(), "started": self.started}

    def told(self) -> str:
        """The run for people: `(pid 7) on laptop since 2025-01-31T12:00:00Z`."""
        since = _moment(self.started)
        return f"(pid {self.process.pid}) on {self.process.host} since {since}"


class RunGuard:
    """An OS lock on `<folder>/<task>-<tag>.lock` (`<task>.lock` without a tag), which is held for a
    whole run; `folder` is `<git common directory>/orc/run`. The system gives it back when the
    process ends, however it ends.

    `<task>-<tag>.yaml` beside it says who runs the task. It is for people and never decides.
    Not promised: to see runs on other machines that share the folder by a network file system
    which keeps locks to itself; leases are for that.
    """

    def __init__(self, folder: Path, task: str, tag: str) -> None:
        name = _file_name(task, tag)
        self.task = task
        self.lock_path = folder / f"{name}.lock"
        self.path = folder / f"{name}.yaml"
        self._token = ""
        self._lock: BaseFileLock | None = None

    def acquire(self) -> Run | None:
        """Take the guard. Returns the run that ended without giving it back, if one did: somebody
        may have been interrupted there.

        Raises `AlreadyRunningError` when a run of the task goes on, in this process too, and
        `StorageError` when the folder cannot be written.
        """
        until = time.monotonic() + PATIENCE
        while not self._try_lock():
            run = self.read()
            if (run and run.is_alive) or time.monotonic() > until:
                raise self._refused(run)
            time.sleep(0.005)
        left = self.read()
        self._say()
        return left

    def release(self) -> None:
        """Give the guard back; nothing when this one does not hold it."""
        if self._lock is None or not self._lock.is_locked:
            return
        run = self.read()
        if run and run.token == self._token:
            with contextlib.suppress(OSError):
                self.path.unlink()
        self._lock.release()

    @property
    def is_held(self) -> bool:
        """Whether this guard is held by whoever has this object."""
        return self._lock is not None and self._lock.is_locked

    def holder(self) -> Run | None:
        """Who runs the task now, as far as can be seen without trying to: nobody's attempt to
        take the guard fails by this. A run on another machine is named too; `is_alive` of it is
        None.
        """
        run = self.read()
        return run if run and run.is_alive is not False else None

    def read(self) -> Run | None:
        """What the information file says, true or not; None when there is none to be read."""
        try:
            found = read_record(self.path)
            return None if found is None else _run(found)
        except ValueError:
            return None

    def _try_lock(self) -> bool:
        import filelock  # noqa: PLC0415

        if self._lock is None:
            make_folder(self.lock_path.parent)
            self._lock = filelock.FileLock(self.lock_path, timeout=0, thread_local=False)
        elif self._lock.is_locked:
            return False
        try:
            self._lock.acquire()
        except filelock.Timeout:
            return False
        except OSError as error:
            raise unwritable(self.lock_path, error) from None
        return True

    def _say(self) -> None:
        self._token = os.urandom(8).hex()
        run = Run(Process.here(), time.time(), self._token)
        with contextlib.suppress(StorageError):
            write_record(self.path, {**run.to_dict(), "token": run.token}, lasting=False)

    def _refused(self, run: Run | None) -> AlreadyRunningError:
        known = run if run and run.is_alive else None
        told = f" {known.told()}" if known else ""
        return AlreadyRunningError(
            f"{self.task}: task already running{told}.",
            hint="Wait for it to end, or end that process.",
            **(known.to_dict() if known else {"pid": None}),
        )

    def __enter__(self) -> RunGuard:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _file_name(task: str, tag: str) -> str:
    name = f"{task}-{tag}" if tag else task
    if not task or name.startswith(".") or set(name) & set('/\\:*?"<>|') or not name.isprintable():
        raise UnsafePathError(f"{name[:120]!r} cannot be the name of a file everywhere.")
    return name


def _run(found: dict[str, Any]) -> Run:
    started = seconds(found.get("started"))
    return Run(Process.from_dict(found), started, str(found.get("token")))


def _moment(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return "an unknown time"

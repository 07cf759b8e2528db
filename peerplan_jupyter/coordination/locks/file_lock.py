"""The lease among all who share a file system: advisory, renewed while its holder lives."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from pathlib import Path

from ...errors import InvalidInputError, StorageError
from .lease import LONGEST, Lease
from .observation import Observation
from .process import Process
from .record import make_folder, read_record, unwritable, write_record

TTL = 60.0
PATIENCE = 5.0
"""Seconds for which another process may be about to change the lock file."""


class State(Enum):
    """What a lock file says."""

    FREE = "free"
    HELD = "held"
    STALE = "stale"
    """Its holder is gone; the next who wants it gets it."""
    UNREADABLE = "unreadable"
    """Somebody may hold it. It is never taken over; a person removes it with `force_release`."""


class FileLock:
    """The lease of `owner` on what `directory` (`<git common directory>/orc/lease/<task>`) stands
    for, in `lock.yaml` there. It is advisory: who does not ask is not kept from anything.

    Its holder renews it three times per `ttl` seconds from a thread of its own. It is stale when
    its holder's process has ended, or, where that cannot be seen from here, when it was seen
    unchanged for its `ttl`. A holder that lives on this machine keeps it, however late it is.
    The clock on the wall decides nothing.
    """

    def __init__(self, directory: Path | str, owner: str, *, ttl: float = TTL) -> None:
        if not 0 < ttl <= LONGEST:
            raise InvalidInputError(
                f"A lease lasts more than 0 and at most {LONGEST} s, not {ttl} s."
            )
        self.owner = owner
        self.ttl = ttl
        self.path = Path(directory) / "lock.yaml"
        self.took_over: Lease | None = None
        """The stale lease that `try_acquire` found and replaced, to warn of."""
        self._mine: Lease | None = None
        self._observation = Observation(self.path.parent, "lock")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lost = False

    def try_acquire(self) -> bool:
        """Take the lease if it is free or stale; whether this one holds it now. `StorageError`
        when the folder cannot be written.
        """
        if self.is_held:
            return True
        self._end_thread()
        with self._alone() as alone:
            state, found = self._look()
            if not alone or state in {State.HELD, State.UNREADABLE}:
                return False
            now = time.time()
            token = os.urandom(16).hex()
            mine = Lease(self.owner, now, self.ttl, now, 0, token, Process.here())
            write_record(self.path, mine.to_dict())
        self._observation.forget()
        self._mine, self.took_over, self._lost = mine, found, False
        self._start_thread()
        return True

    def release(self) -> None:
        """Give the lease back; nothing when this one does not hold it any more."""
        self._end_thread()
        mine, self._mine = self._mine, None
        if mine is None or mine.process.pid != os.getpid() or not self.path.exists():
            return
        with self._alone() as alone:
            found = self.read()
            if alone and found and found.token == mine.token:
                self._remove()

    def force_release(self) -> Lease | None:
        """Remove the lock file, whoever holds it and whatever is in it; returns what it said. Its
        holder learns of it with the next heartbeat.
        """
        with self._alone():
            found = self.read()
            self._remove()
        return found

    @property
    def is_held(self) -> bool:
        """Whether this one holds the lease, as far as its last heartbeat told."""
        mine = self._mine
        return mine is not None and mine.process.pid == os.getpid() and not self._lost

    @property
    def is_lost(self) -> bool:
        """Whether somebody took the lease over or removed it while this one held it."""
        return self._lost

    @property
    def heartbeat(self) -> float | None:
        """When the lease was last renewed, in Unix seconds by its holder's clock."""
        found = self.read()
        return found.heartbeat if found else None

    def is_stale(self) -> bool:
        """Whether nobody holds the lease: there is none, or its holder is gone."""
        return self.state() in {State.FREE, State.STALE}

    def state(self) -> State:
        """What the lock file says; nobody is disturbed by the question."""
        return self._look()[0]

    def read(self) -> Lease | None:
        """The lease in the lock file, stale or not; None when there is none to be read."""
        with contextlib.suppress(ValueError):
            return self._read()
        return None

    def _read(self) -> Lease | None:
        found = read_record(self.path)
        return None if found is None else Lease.from_dict(found)

    def _look(self) -> tuple[State, Lease | None]:
        try:
            found = self._read()
        except ValueError:
            return State.UNREADABLE, None
        if found is None:
            return State.FREE, None
        alive = found.process.is_alive()
        if alive is None:
            alive = self._observation.unchanged_for(found.mark) <= found.ttl
        return State.HELD if alive else State.STALE, found

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether nobody else changes the lock file meanwhile."""
        import filelock  # noqa: PLC0415

        make_folder(self.path.parent)
        mutex = filelock.FileLock(
            self.path.with_suffix(".mutex"), PATIENCE, thread_local=False, poll_interval=0.005
        )
        try:
            mutex.acquire()
        except filelock.Timeout:
            yield False
            return
        except OSError as error:
            raise unwritable(self.path, error) from None
        try:
            yield True
        finally:
            mutex.release()

    def _remove(self) -> None:
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(self.path, error) from None

    def _start_thread(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._beat_on, args=(self._stop,), name=f"lease of {self.owner}", daemon=True
        )
        self._thread.start()

    def _end_thread(self) -> None:
        self._stop.set()
        if self._thread and self._thread.is_alive():
            self._thread.join(PATIENCE)
        self._thread = None

    def _beat_on(self, stop: threading.Event) -> None:
        while not stop.wait(self.ttl / 3):
            # A full disk may have room again at the next heartbeat.
            with contextlib.suppress(StorageError):
                if not self._beat(stop):
                    self._lost = True
                    return

    def _beat(self, stop: threading.Event) -> bool:
        """Renew the lease; False when it is another's."""
        with self._alone() as alone:
            mine = self._mine
            if not alone or mine is None or stop.is_set():
                return True
            try:
                found = self._read()
            except ValueError:
                return True
            if found is None or found.token != mine.token:
                return False
            self._mine = replace(mine, heartbeat=time.time(), beat=mine.beat + 1)
            write_record(self.path, self._mine.to_dict())
        return True

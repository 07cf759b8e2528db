"""Sending states: a writer pushes its own branch, which nobody else moves."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import filelock

from ...errors import GitError, NotFoundError, PeerPlanError, UnreachableError
from ...git.objects import ObjectReader
from ...git.remote import Push, Remote, fetch_ref, find_remote, push_ref
from ...git.repository import Place
from ..config.schema import Mode
from .joining import joined
from .layout import message
from .outbox import Outbox

if TYPE_CHECKING:
    from .writer import StateWriter

TIMEOUT = 20.0
TRIES = 8
"""How often another clone of the same machine may be faster."""


@dataclass(frozen=True)
class Published:
    """How sending states went."""

    pushed: bool
    """Whether the remote has all of them."""
    retries: int = 0
    pending: int = 0
    """How many changes wait in this clone."""
    reason: str = ""
    """The code of the error that keeps them here."""
    note: str = ""
    """What to tell the person; only the first time that it is so."""


class StatePublisher:
    """Sends what a writer recorded to the remote.

    What cannot be sent stays, and is sent with the next that can; no error is raised for that.
    """

    def __init__(self, writer: StateWriter, remote: str | None, timeout: float) -> None:
        self._writer = writer
        self.place = Place(writer.project.runner)
        self._named = remote
        self._timeout = timeout
        self._outbox = Outbox(writer.project.state)

    def publish(self) -> Published:
        """Send all that was recorded; nothing in solo mode, or where there is no remote."""
        if self._writer.person.mode is Mode.SOLO:
            return Published(pushed=False)
        try:
            remote = find_remote(self.place, self._named)
            if remote is None:
                return Published(pushed=False)
            with self._turn():
                retries = self._send(remote)
        except (GitError, UnreachableError, NotFoundError) as error:
            return self._kept(error)
        self._outbox.clear()
        return Published(pushed=True, retries=retries)

    def _send(self, remote: Remote) -> int:
        ref, tracking = self._writer.ref, self._tracking(remote)
        for retries in range(TRIES):
            tips = {tip.ref: tip for tip in self._writer.known()}
            mine, known = tips.get(ref), tips.get(tracking)
            if mine is None or (known and known.commit == mine.commit):
                return retries
            expected = known.commit if known else None
            done = push_ref(self.place, remote, ref, mine.commit, expected, self._timeout)
            if done is Push.DONE:
                self.place.update_refs([f"update {tracking} {mine.commit}"])
                return retries
            time.sleep(random.uniform(0, 0.05 * 2**retries))  # noqa: S311
            theirs = fetch_ref(self.place, remote, ref, tracking)
            if theirs and not self.place.is_ancestor(theirs, mine.commit):
                self._join(theirs)
        raise GitError(f"Others moved {self._writer.branch} during {TRIES} attempts.")

    def _join(self, theirs: str) -> None:
        """Another clone of this person on this machine was there before us: keep what both have."""
        writer = self._writer
        with writer.alone():
            known = writer.known()
            mine = next(tip.commit for tip in known if tip.ref == writer.ref)
            with ObjectReader(writer.project.runner) as objects:
                changes = joined(objects, mine, theirs)
            said = message(
                writer.name, "joined with another clone", max(t.clock for t in known) + 1
            )
            # The tree is theirs with ours on it, and both are parents: none is moved back.
            writer.commit([theirs, mine], changes, said)

    def _tracking(self, remote: Remote) -> str:
        if remote.key == remote.name:
            return f"refs/remotes/{remote.name}/{self._writer.branch}"
        return remote.tracking_ref(self._writer.branch)

    def _kept(self, error: PeerPlanError) -> Published:
        news = self._outbox.keep(error)
        note = f"The state of your tasks stays here until it can be sent: {error.message}"
        return Published(
            pushed=False, pending=self._pending(), reason=error.code, note=note if news else ""
        )

    def _pending(self) -> int:
        """How many commits of ours no remote is known to have."""
        words = ("rev-list", "--count", self._writer.ref, "--not", "--remotes")
        done = self.place.run(*words, check=False)
        return int(done.text) if done.status == 0 and done.text.isdecimal() else 0

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Two processes of a clone that push at once would each find the other faster."""
        lock = filelock.FileLock(self._writer.project.state / "publish.lock", self._timeout + 5)
        try:
            lock.acquire(poll_interval=0.005)
        except (filelock.Timeout, OSError):
            raise UnreachableError("Another process is sending states for too long.") from None
        try:
            yield
        finally:
            lock.release()

"""The lease on a task: saying that it is worked on, and asking whether somebody else does."""

from __future__ import annotations

import contextlib
import threading
from types import TracebackType

from ...errors import StorageError
from ...git.remote import find_remote
from ...git.repository import Place
from ..config.schema import LockPolicy, Mode
from ..locks.file_lock import FileLock, State
from ..locks.git_lease import Answer, GitLease, Outcome
from ..locks.remote_lease import Holder, RemoteLease, holder_of
from ..naming import TaskId
from ..workspace import OrcWorkspace
from .events import Tell, warning

_refused = {Answer.REFUSED, Answer.FAILED}


class Leases:
    """The lease of a run, on this machine and at the remote; none in solo mode.

    It is advisory: what cannot be had is said, and nothing is refused here.
    """

    def __init__(self, workspace: OrcWorkspace, task: TaskId, tag: str, tell: Tell) -> None:
        self._workspace = workspace
        self._tell = tell
        self._task = task
        self._tag = tag
        self._here: FileLock | None = None
        self._there: GitLease | None = None
        self._turn = threading.Lock()
        self._stop = threading.Event()

    @property
    def is_enforced(self) -> bool:
        """Whether the team refuses to run what somebody else runs."""
        return self._workspace.config.locks.policy is LockPolicy.ENFORCE

    def take(self) -> list[str]:
        """Take the lease, as far as nobody else has it. Returns who has it, in words."""
        if self._workspace.resolved.mode is Mode.SOLO:
            return []
        found = [*self._take_here(), *self._take_there()]
        threading.Thread(target=self._renew, name="lease at the remote", daemon=True).start()
        return found

    def release(self) -> None:
        """Give it back."""
        self._stop.set()
        if self._here is not None:
            with contextlib.suppress(StorageError):
                self._here.release()
        with self._turn:
            if self._there is not None and self._there.lease is not None:
                self._there.release()

    def _take_here(self) -> list[str]:
        folder = self._workspace.project.state / "lease" / self._task.key
        self._here = FileLock(folder, self._owner, ttl=self._workspace.config.locks.ttl)
        if self._here.try_acquire():
            if gone := self._here.took_over:
                self._tell(warning(f"The stale lease of {gone.owner} was taken over."))
            return []
        if self._here.state() is State.UNREADABLE:
            hint = f"`orc unlock {self._task}` removes it"
            return [f"somebody on this machine ({self._here.path} cannot be read; {hint})"]
        lease = self._here.read()
        return [] if lease is None or lease.owner == self._owner else [f"{lease.owner}, here"]

    def _take_there(self) -> list[str]:
        place = Place(self._workspace.project.runner)
        remote = find_remote(place, self._workspace.config.git.remote)
        if remote is None:
            return []
        holder = holder_of(self._workspace.person, place, self._tag)
        ttl = self._workspace.config.locks.lease_seconds
        self._there = GitLease(place, remote, self._task.key, holder, ttl=ttl)
        outcome = self._there.acquire()
        if outcome.previous is not None and isinstance(outcome.previous, RemoteLease):
            if outcome.previous.holder != holder:
                said = outcome.previous.told()
                self._tell(warning(f"The lease of {said} had ended and was taken over."))
        elif outcome.answer in {*_refused, Answer.UNREACHABLE}:
            self._tell(warning(_unseen(outcome)))
        return self._holders(outcome, holder)

    def _holders(self, outcome: Outcome, mine: Holder) -> list[str]:
        if outcome.answer is not Answer.HELD or outcome.lease is None:
            return []
        if not isinstance(outcome.lease, RemoteLease):
            return ["somebody (the lease at the remote cannot be read)"]
        if outcome.lease.holder.clone == mine.clone:
            return []
        return [outcome.lease.told()]

    def _renew(self) -> None:
        said = False
        while not self._stop.wait(self._workspace.config.locks.lease_seconds / 3):
            with self._turn:
                if self._there is None or self._there.lease is None:
                    return
                outcome = self._there.renew()
                if outcome.answer is Answer.LOST:
                    self._tell(warning("Somebody took the lease on the task over."))
                    return
            if outcome.answer in _refused and not said:
                said = True
                self._tell(warning(_unseen(outcome)))

    @property
    def _owner(self) -> str:
        return self._workspace.person.owner

    def __enter__(self) -> Leases:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _unseen(outcome: Outcome) -> str:
    """That others may not see the lease, and why, in a sentence."""
    why = outcome.words.rstrip(".")
    if "hidden ref" in why:
        why = "the remote hides refs/orc, where leases are, and takes none"
    return f"Others may not see that you run this: {why}. On this machine they do."

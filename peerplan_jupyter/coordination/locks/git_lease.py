"""The lease across machines: a ref of the remote's that only one can create."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from ...errors import GitError, InvalidInputError, PushRejectedError, UnreachableError
from ...git.remote import Push, Remote, fetch_ref, is_hidden, push_ref
from ...git.repository import Place, checked_ref
from .lease import LONGEST
from .observation import Observation
from .remote_lease import Found, Holder, RemoteLease, lease_ref, read_lease

TTL = 900.0
MARGIN = 120.0
"""Seconds by which the clocks of two machines may differ."""
TIMEOUT = 20.0
"""Seconds that a remote has for each answer."""
TRIES = 5


class Answer(Enum):
    """How asking a remote for a lease ended."""

    ACQUIRED = "acquired"
    RENEWED = "renewed"
    RELEASED = "released"
    HELD = "held"
    """Somebody else has it."""
    LOST = "lost"
    """It was ours, and is no more: taken over after its end, or removed."""
    REFUSED = "refused"
    """The remote does not take lease refs, or not from us. Work goes on without."""
    UNREACHABLE = "unreachable"
    """The remote did not answer. Work goes on without."""
    FAILED = "failed"
    """git failed otherwise. Work goes on without."""


@dataclass(frozen=True)
class Outcome:
    """The answer, and who or what stands behind it."""

    answer: Answer
    lease: Found | None = None
    """Ours after `ACQUIRED` and `RENEWED`, the other's after `HELD` and `LOST`."""
    previous: Found | None = None
    """After `ACQUIRED`, the lease that was taken over."""
    words: str = ""
    """What the remote said, after `REFUSED`, `UNREACHABLE` and `FAILED`."""


class GitLease:
    """The lease of `holder` on `task`, kept by the remote as `refs/orc/leases/<task>`. It is
    advisory. Its token is the commit that the ref is at; each step is a compare-and-swap on it.

    It ends `ttl` seconds after it was last renewed, and nobody renews it but `renew`. Another
    takes it over when its end by its holder's clock is more than `margin` seconds ago, or when it
    was seen unchanged from here for as long. One that the same clone took before is taken
    over at once: hold the guard.

    No ref of the user's, no index, HEAD or FETCH_HEAD is touched. What the remote answers is an
    `Outcome`, and never raised: nothing depends on having a lease.
    """

    def __init__(
        self,
        repository: Place,
        remote: Remote,
        task: str,
        holder: Holder,
        *,
        ttl: float = TTL,
        margin: float = MARGIN,
        timeout: float = TIMEOUT,
    ) -> None:
        if not 0 < ttl <= LONGEST:
            raise InvalidInputError(
                f"A lease lasts more than 0 and at most {LONGEST} s, not {ttl} s."
            )
        self.ref = checked_ref(lease_ref(task))
        self.holder = holder
        self.ttl = ttl
        self.margin = margin
        self.timeout = timeout
        self.lease: RemoteLease | None = None
        """The lease, while this one holds it."""
        self._repository = repository
        self._remote = remote
        folder = repository.common_dir / "orc" / "lease" / task
        self._observation = Observation(folder, "remote")
        self._tree = ""

    def acquire(self) -> Outcome:
        """Take the lease if nobody has it, or if it has ended."""
        return self._asked(self._acquire)

    def renew(self) -> Outcome:
        """Begin the time of the lease anew. `LOST` when it is not ours any more."""
        return self._asked(self._renew)

    def release(self) -> Outcome:
        """Give the lease back. `LOST` when it was not ours any more; then nothing was changed."""
        return self._asked(self._release)

    def look(self) -> Outcome:
        """Who has the lease now: `HELD` by them (by this one, too), or `RELEASED` for nobody."""
        return self._asked(self._look)

    def force_release(self) -> Outcome:
        """Remove the lease, whoever has it. Who they were is in `previous`."""
        return self._asked(self._force_release)

    def has_ended(self, lease: Found) -> bool:
        """Whether `lease` may be taken over. The longer it is watched, the less depends on its
        holder's clock. One that cannot be read never ends by itself.
        """
        if not isinstance(lease, RemoteLease):
            return False
        watched = self._observation.unchanged_for(lease.token)
        return max(watched, time.time() - lease.acquired) > lease.ttl + self.margin

    def _acquire(self) -> Outcome:
        found: Found | None = None
        for attempt in range(TRIES):
            mine = self._new()
            if self._push(mine.token, found.token if found else None):
                self._keep(mine)
                return Outcome(Answer.ACQUIRED, mine, found)
            found = self._fetch()
            if found and not self._is_ours(found) and not self.has_ended(found):
                return Outcome(Answer.HELD, found)
            _wait(attempt)
        return self._stuck() if found else self._unseen()

    def _renew(self) -> Outcome:
        return self._swap(self._new())

    def _release(self) -> Outcome:
        return self._swap(None)

    def _swap(self, new: RemoteLease | None) -> Outcome:
        """From our lease to `new`. The ref may be at one of ours that we know nothing of: a push
        arrives, and its answer does not.
        """
        token = self.lease.token if self.lease else None
        for attempt in range(TRIES if token else 0):
            if self._push(new.token if new else None, token):
                self._keep(new)
                return Outcome(Answer.RENEWED if new else Answer.RELEASED, new)
            found = self._fetch()
            if found is None or not self._is_ours(found):
                self.lease = None
                return Outcome(Answer.LOST, found)
            token = found.token
            _wait(attempt)
        return self._stuck() if token else Outcome(Answer.LOST)

    def _force_release(self) -> Outcome:
        for attempt in range(TRIES):
            found = self._fetch()
            if found is None or self._push(None, found.token):
                self._keep(None)
                return Outcome(Answer.RELEASED, previous=found)
            _wait(attempt)
        return self._stuck()

    def _look(self) -> Outcome:
        found = self._fetch()
        return Outcome(Answer.HELD, found) if found else Outcome(Answer.RELEASED)

    def _stuck(self) -> Outcome:
        return Outcome(
            Answer.FAILED, words=f"{self._remote.name} took no change of {self.ref}, {TRIES} times."
        )

    def _unseen(self) -> Outcome:
        """For a ref that is not there, as it seems, and cannot be made."""
        if not is_hidden(self._repository, self._remote, self.ref, self.timeout):
            return self._stuck()
        said = "the remote hides refs/orc, where somebody's lease is, from whoever fetches"
        return Outcome(Answer.REFUSED, words=said)

    def _is_ours(self, found: Found) -> bool:
        if not isinstance(found, RemoteLease):
            return False
        if self.lease and found.token == self.lease.token:
            return True
        theirs, mine = found.holder, self.holder
        return bool(mine.clone) and (theirs.clone, theirs.tag) == (mine.clone, mine.tag)

    def _new(self) -> RemoteLease:
        """A commit of a new lease, which nothing leads to yet."""
        lease = RemoteLease(self.holder, time.time(), self.ttl)
        who = f"{self._repository.signature()} {int(lease.acquired)} +0000"
        self._tree = self._tree or self._written("tree", "")
        head = f"tree {self._tree}\nauthor {who}\ncommitter {who}\n"
        return replace(lease, token=self._written("commit", f"{head}\n{lease.message()}\n"))

    def _written(self, kind: str, text: str) -> str:
        command = ("hash-object", "-w", "-t", kind, "--stdin")
        return self._repository.run(*command, input=text.encode("utf-8", "replace")).text

    def _push(self, commit: str | None, expected: str | None) -> bool:
        repository, remote = self._repository, self._remote
        return push_ref(repository, remote, self.ref, commit, expected, self.timeout) is Push.DONE

    def _fetch(self) -> Found | None:
        mirror = self._remote.mirror_ref(self.ref)
        token = fetch_ref(self._repository, self._remote, self.ref, mirror, self.timeout)
        if token is None:
            return None
        with self._repository.objects() as objects:
            return read_lease(objects, token)

    def _keep(self, lease: RemoteLease | None) -> None:
        """Remember what the remote has now, as a fetch would."""
        self.lease = lease
        self._observation.forget()
        mirror = self._remote.mirror_ref(self.ref)
        told = f"update {mirror} {lease.token}" if lease else f"delete {mirror}"
        self._repository.update_refs([told])

    def _asked(self, ask: Callable[[], Outcome]) -> Outcome:
        try:
            return ask()
        except PushRejectedError as error:
            return Outcome(Answer.REFUSED, words=str(error.data.get("remote_words", error.message)))
        except UnreachableError as error:
            return Outcome(Answer.UNREACHABLE, words=error.message)
        except GitError as error:
            return Outcome(Answer.FAILED, words=error.message)


def _wait(attempt: int) -> None:
    """Let others finish what they do with the ref."""
    if 0 < attempt < TRIES - 1:
        time.sleep(random.uniform(0.01, 0.04) * 2**attempt)  # noqa: S311

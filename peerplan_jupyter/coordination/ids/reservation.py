"""Reserving an id at the remote: a ref that only one can create."""

from __future__ import annotations

import secrets

from ...errors import GitError, NotFoundError, PushRejectedError, UnreachableError
from ...git.remote import Push, Remote, find_remote, push_ref, refs_of
from ...git.repository import Place
from ..naming import TaskId, is_task_id

FOLDER = "refs/orc/ids"
TIMEOUT = 5.0


class Reservations:
    """The refs `refs/orc/ids/<ID>` of a remote. Where the remote does not answer or refuses them,
    that is asked once, and `note` says so from then on.
    """

    def __init__(self, place: Place, remote: str | None, timeout: float = TIMEOUT) -> None:
        self._place = place
        self._timeout = timeout
        self.note = ""
        self._remote = self._found(remote)

    def reserve(self, task: TaskId) -> bool | None:
        """Reserve the id. False when somebody has it, None when the remote cannot say."""
        if self._remote is None:
            return None
        # The same object would be no news to the remote, and two would have the id.
        mine = f"{task} {secrets.token_hex(16)}\n".encode()
        try:
            blob = self._place.run("hash-object", "-w", "--stdin", input=mine).text
            ref = f"{FOLDER}/{task.key}"
            done = push_ref(self._place, self._remote, ref, blob, None, self._timeout)
        except (UnreachableError, GitError) as error:
            self._give_up(error)
            return None
        return done is Push.DONE

    def highest(self, prefix: str) -> int:
        """The highest number with this prefix that is reserved; 0 when the remote cannot say."""
        if self._remote is None:
            return 0
        pattern = f"{FOLDER}/{TaskId(prefix.upper(), 0).key.removesuffix('000')}*"
        try:
            found = refs_of(self._place, self._remote, pattern, timeout=self._timeout)
        except (UnreachableError, GitError) as error:
            self._give_up(error)
            return 0
        names = (ref.rpartition("/")[2] for ref in found)
        ids = [TaskId.parse(name) for name in names if is_task_id(name)]
        return max((one.number for one in ids if one.prefix == prefix.upper()), default=0)

    def _found(self, remote: str | None) -> Remote | None:
        try:
            return find_remote(self._place, remote)
        except NotFoundError as error:
            self.note = error.message
            return None

    def _give_up(self, error: GitError | UnreachableError) -> None:
        kind = "refuses reservations" if isinstance(error, PushRejectedError) else "was not reached"
        name = self._remote.name if self._remote else ""
        self.note = (
            f"The remote {name} {kind}, so somebody else may get the same id; "
            f"`orc doctor` finds that. ({error.message})"
        )
        self._remote = None

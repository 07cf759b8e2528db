"""Waking on changes of tasks, here and on the remote, without anything that runs all the time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...errors import GitError, NotFoundError, UnreachableError
from ...git.remote import find_remote, refs_of
from ...git.repository import Place
from ..ids.survey import stamps
from ..naming import BRANCH_PREFIX
from ..project import Project
from ..state.layout import state_folder
from . import checkout
from .fetching import TIMEOUT, fetched_before
from .refs import USUAL
from .row import Row
from .tasks import team_tasks

NEAR = 1.0
"""Seconds between two looks at what is here, which costs a few calls of the file system."""
SLOWER = 1.5
LONGEST = 30.0
"""Seconds between two looks at a remote where nothing changes; the first come every `NEAR`."""


@dataclass(frozen=True)
class Change:
    """A task that is there now, is otherwise than before, or is there no more."""

    kind: str
    """`new`, `changed` or `gone`."""
    row: Row
    """The task as it is now, or was last."""


class Watcher:
    """Looks at the team's tasks. The remote is asked for its refs only, less often the longer
    nothing changes, and fetched from when they did.
    """

    def __init__(
        self,
        project: Project,
        *,
        remote: str | None = "origin",
        branch_prefix: str = BRANCH_PREFIX,
        timeout: float = TIMEOUT,
        near: float = NEAR,
        longest: float = LONGEST,
    ) -> None:
        self._project = project
        self._place = Place(project.runner)
        self._remote = remote
        self._prefix = branch_prefix
        self._timeout = timeout
        self._near = near
        self._longest = longest
        self._pause = near
        self._due = 0.0
        self.stale = ""
        """Why the remote could not be asked the last time, or nothing."""

    def changes(self, stop: threading.Event) -> Iterator[list[Change]]:
        """What changed, each time that something did after this is asked for first, until `stop`
        is set; nothing where only `stale` did.
        """
        there = self._there()
        rows = self._rows(fetch=True)
        here, said = self._here(), ""
        while not stop.wait(self._near):
            if said != self.stale:
                said = self.stale
                yield []
            now, far = self._here(), self._there() if time.monotonic() >= self._due else there
            if now == here and -1 not in now.values() and far == there:
                continue
            fresh = self._rows(fetch=far != there)
            here, there = now, far
            found = changes_between(rows, fresh)
            rows = fresh
            if found:
                self._pause = self._near
                yield found

    def _here(self) -> dict[str, int | str]:
        return {**stamps(self._project), **checkout.stamps(self._project.tasks)}

    def _there(self) -> dict[str, str]:
        """The remote's refs that say something of tasks; nothing where it cannot be asked."""
        self._due = time.monotonic() + self._pause
        self._pause = min(self._pause * SLOWER, self._longest)
        heads = [f"refs/heads/{one}/*" for one in (self._prefix, state_folder(self._prefix))]
        try:
            remote = find_remote(self._place, self._remote)
            self.stale = ""
            default = fetched_before(self._project, self._remote).default_branch
            refs = [*heads, f"refs/heads/{default or USUAL[0]}"]
            return refs_of(self._place, remote, *refs, timeout=self._timeout) if remote else {}
        except (GitError, UnreachableError, NotFoundError) as error:
            self.stale = error.message
            return {}

    def _rows(self, *, fetch: bool) -> Sequence[Row]:
        return team_tasks(
            self._project,
            fetch=fetch and not self.stale,
            remote=self._remote,
            branch_prefix=self._prefix,
            timeout=self._timeout,
            facts=True,
        ).rows


def changes_between(before: Sequence[Row], after: Sequence[Row]) -> list[Change]:
    """What is otherwise in the second of two lists of tasks."""
    old = {(row.id, row.uid): row for row in before}
    new = {(row.id, row.uid): row for row in after}
    gone = [Change("gone", row) for key, row in old.items() if key not in new]
    other = [
        Change("changed" if key in old else "new", row)
        for key, row in new.items()
        if old.get(key) != row
    ]
    return [*other, *gone]

"""The branch of a run at the remote: what another machine pushed, and pushing it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ...errors import PushRejectedError
from ...git.process import NETWORK_TIMEOUT
from ...git.remote import Push, Remote, fetch, find_remote, push
from ...git.repository import Place
from ..project import Project
from .errors import DivergedError, WorktreeError
from .rescue import keep, rescue_files
from .worktree import SLOW, Worktree

TRIES = 3


class Relation(Enum):
    """How the branch here stands to the one at the remote."""

    SAME = "same"
    AHEAD = "ahead"
    BEHIND = "behind"
    DIVERGED = "diverged"


@dataclass(frozen=True)
class RemoteBranch:
    """A branch of a run at the remote of a project."""

    place: Place
    remote: Remote
    branch: str

    @classmethod
    def of(cls, project: Project, remote: str, branch: str) -> RemoteBranch | None:
        """The branch at the remote of this name; None where the repository has no remote."""
        place = Place(project.runner)
        found = find_remote(place, remote)
        return cls(place, found, branch) if found else None

    def fetch(self, timeout: float = NETWORK_TIMEOUT) -> str | None:
        """The commit that the remote has the branch at, asked now; see `git.remote.fetch`."""
        return fetch(self.place, self.remote, self.branch, timeout)

    def known(self) -> str | None:
        """The commit that the remote had it at when it was last asked or pushed to."""
        refs = (
            self.remote.tracking_ref(self.branch),
            f"refs/remotes/{self.remote.name}/{self.branch}",
        )
        return next((tip for ref in refs if (tip := self.place.resolve(ref))), None)

    def relation(self, here: str, there: str) -> Relation:
        """How commit `here` stands to commit `there`."""
        if here == there:
            return Relation.SAME
        if self.place.is_ancestor(there, here):
            return Relation.AHEAD
        behind = self.place.is_ancestor(here, there)
        return Relation.BEHIND if behind else Relation.DIVERGED

    def follow(self, worktree: Worktree, there: str, *, takeover: bool = False) -> list[str]:
        """Bring a worktree to what another machine pushed, and say so; nothing where it holds all
        of that. With `takeover`, what is only here is kept in a rescue ref and the other's work
        goes on; without, `DivergedError`.
        """
        relation = self.relation(worktree.head(), there)
        if relation in {Relation.SAME, Relation.AHEAD}:
            return []
        if not takeover:
            if relation is Relation.DIVERGED:
                raise self._diverged(worktree.head(), there)
            return [self._forward(worktree, there)]
        name = worktree.path.name
        kept = [rescue_files(worktree), keep(worktree.runner, name, worktree.head())]
        worktree.runner.run("reset", "--quiet", "--hard", there, timeout=SLOW)
        refs = ", ".join(one.ref for one in kept if one)
        return [
            f"The work on {self.branch} from another machine goes on here; yours is kept in {refs}."
        ]

    def push(self, commit: str) -> None:
        """Push the branch. `PushRejectedError` or `UnreachableError` when the remote does not take
        it, `DivergedError` when another machine pushed something else meanwhile.
        """
        there = self.known()
        for _ in range(TRIES):
            if there and self.relation(commit, there) not in {Relation.SAME, Relation.AHEAD}:
                raise self._diverged(commit, there)
            if push(self.place, self.remote, self.branch, commit, there) is Push.DONE:
                self._note(commit)
                return
            there = self.fetch()
        raise PushRejectedError(f"The remote {self.remote.name} moved {self.branch} all the time.")

    def _note(self, commit: str) -> None:
        self.place.run("update-ref", self.remote.tracking_ref(self.branch), commit)

    def _forward(self, worktree: Worktree, there: str) -> str:
        done = worktree.runner.run(
            "merge", "--quiet", "--ff-only", there, check=False, timeout=SLOW
        )
        if done.status:
            raise WorktreeError(
                f"Another machine pushed work on {self.branch} that changes what is not committed "
                f"in {worktree.path}.",
                hint="Commit it there, or take the other's work over with --takeover.",
            )
        return f"Took in the work on {self.branch} that another machine pushed."

    def _diverged(self, here: str, there: str) -> DivergedError:
        return DivergedError(
            f"{self.branch} went on here and on another machine.",
            hint="Go on with the other's work by --takeover (yours is kept), or beside it by "
            "--suffix 2.",
            branch=self.branch,
            here=here,
            there=there,
        )

"""Taking away worktrees and branches of runs that nobody needs any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import AlreadyRunningError, GitError, PeerPlanError, UnreachableError
from ...git.process import GitRunner
from ...git.remote import find_remote, refs_of
from ...git.repository import Place
from ..locks.file_lock import FileLock, State
from ..locks.guard import RunGuard
from ..naming import TaskId, parse_branch, run_name
from ..running.record import load, record_path
from ..tasks.execution import ExecutionStatus
from ..workspace import OrcWorkspace
from ..worktrees.keeper import Worktrees
from ..worktrees.merged import bases, is_merged
from ..worktrees.registration import registrations
from ..worktrees.rescue import keep, rescue_files, rescue_index
from ..worktrees.worktree import Worktree

REMOVED = "removed"
KEPT = "kept"


@dataclass(frozen=True)
class Fate:
    """What became, or would become, of one run's worktree and branch, and why."""

    name: str
    branch: str
    path: Path | None
    action: str
    why: str
    rescued: tuple[str, ...] = ()
    """The refs that keep what was nowhere else."""

    def to_wire(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "name": self.name,
            "branch": self.branch,
            "path": str(self.path) if self.path else None,
            "action": self.action,
            "why": self.why,
            "rescued": list(self.rescued),
        }


@dataclass
class _Leftover:
    """A branch of a run, with its worktree if it has one."""

    task: TaskId
    tag: str
    branch: str
    worktree: Worktree | None = None
    tip: str = ""

    @property
    def name(self) -> str:
        return run_name(self.task, self.tag)


class Collector:
    """Looks at all runs of a clone.

    What is clean, pushed or merged, done, and neither running nor leased is removed. The rest is
    kept; with `force` it is removed too, and what is nowhere else is kept in a rescue ref first.
    What runs or is leased is never removed. Branches at the remote stay as they are.
    """

    def __init__(self, workspace: OrcWorkspace, *, force: bool = False, dry: bool = False) -> None:
        self._workspace = workspace
        self._project = workspace.project
        self._force = force
        self._dry = dry
        self._bases = bases(workspace.project, workspace.config.git.remote)
        self.warnings: list[str] = []
        """What could not be found out, in sentences."""

    def collect(self) -> list[Fate]:
        """Do it, and say of each run what became of it."""
        prefix = self._workspace.config.git.branch_prefix
        keeper = Worktrees(self._project, self._workspace.worktrees, prefix)
        found = list(self._leftovers(prefix))
        there = self._at_the_remote(prefix) if found else {}
        return [self._one(keeper, leftover, there.get(leftover.branch)) for leftover in found]

    def _leftovers(self, prefix: str) -> Iterator[_Leftover]:
        words = (
            "for-each-ref",
            "--format=%(refname:lstrip=2) %(objectname)",
            f"refs/heads/{prefix}/",
        )
        said = self._project.runner.run(*words).text
        places = {one.branch: one for one in registrations(self._project.common_dir)}
        for line in filter(None, said.split("\n")):
            branch, _, tip = line.rpartition(" ")
            if parsed := parse_branch(branch, prefix):
                place = places.get(branch)
                made = Worktree(place.path, branch, place.git_dir) if place else None
                yield _Leftover(*parsed, branch, made, tip)

    def _at_the_remote(self, prefix: str) -> dict[str, str]:
        """What the remote has the branches at, asked now: what was pushed once may be gone."""
        place, config = Place(self._project.runner), self._workspace.config.git
        try:
            remote = find_remote(place, config.remote)
            if remote is None:
                return {}
            pattern = f"refs/heads/{prefix}/*"
            found = refs_of(place, remote, pattern, timeout=config.fetch_timeout)
        except (GitError, UnreachableError) as error:
            self.warnings.append(f"What is pushed is not known: {error.message}")
            return {}
        return {ref.removeprefix("refs/heads/"): tip for ref, tip in found.items()}

    def _one(self, keeper: Worktrees, leftover: _Leftover, there: str | None) -> Fate:
        guard = RunGuard(self._project.state / "run", str(leftover.task), leftover.tag)
        try:
            guard.acquire()
        except AlreadyRunningError:
            return self._fate(leftover, KEPT, "it is running")
        try:
            return self._unguarded(keeper, leftover, there)
        except PeerPlanError as error:
            return self._fate(leftover, KEPT, error.message)
        finally:
            guard.release()

    def _unguarded(self, keeper: Worktrees, leftover: _Leftover, there: str | None) -> Fate:
        if holder := self._holder(leftover.task):
            return self._fate(leftover, KEPT, f"{holder} has a lease on the task")
        against = list(self._against(leftover, there))
        if against and not self._force:
            return self._fate(leftover, KEPT, " and ".join(against))
        why = " and ".join(against) or self._reason(leftover, there)
        if self._dry:
            return self._fate(leftover, REMOVED, why)
        return self._fate(leftover, REMOVED, why, self._remove(keeper, leftover, bool(against)))

    def _holder(self, task: TaskId) -> str:
        lock = FileLock(self._project.state / "lease" / task.key, "gc")
        state = lock.state()
        if state in {State.FREE, State.STALE}:
            return ""
        lease = lock.read()
        return lease.owner if lease else "somebody"

    def _against(self, leftover: _Leftover, there: str | None) -> Iterator[str]:
        """What speaks against removing it."""
        worktree = leftover.worktree
        if worktree is not None and worktree.path.is_dir():
            worktree.verify()
            if worktree.is_dirty():
                yield "something in it is not committed"
        if not self._is_elsewhere(leftover, there):
            yield "its commits are neither pushed nor merged"
        if self._is_unfinished(leftover) and not self._is_merged(leftover):
            yield "the run is not done"

    def _is_elsewhere(self, leftover: _Leftover, there: str | None) -> bool:
        return self._is_pushed(leftover, there) or self._is_merged(leftover)

    def _is_pushed(self, leftover: _Leftover, there: str | None) -> bool:
        if there is None or there == leftover.tip:
            return there is not None
        words = ("merge-base", "--is-ancestor", leftover.tip, there)
        return self._project.runner.run(*words, check=False).status == 0

    def _is_merged(self, leftover: _Leftover) -> bool:
        return any(is_merged(self._project.runner, leftover.tip, base) for base in self._bases)

    def _is_unfinished(self, leftover: _Leftover) -> bool:
        found = load(record_path(self._project, leftover.task, leftover.tag))
        return found is not None and found.status is not ExecutionStatus.COMPLETED

    def _reason(self, leftover: _Leftover, there: str | None) -> str:
        return "it is pushed" if self._is_pushed(leftover, there) else "it is merged"

    def _remove(self, keeper: Worktrees, leftover: _Leftover, rescue: bool) -> tuple[str, ...]:
        kept = self._rescued(leftover) if rescue else []
        worktree, runner = leftover.worktree, self._project.runner
        if worktree is not None:
            keeper.remove(worktree, force=rescue or not worktree.path.is_dir())
        # As a compare-and-swap: whoever committed meanwhile keeps the branch.
        runner.run("update-ref", "-d", f"refs/heads/{leftover.branch}", leftover.tip)
        return tuple(kept)

    def _rescued(self, leftover: _Leftover) -> list[str]:
        worktree, name = leftover.worktree, leftover.name
        found = [keep(self._project.runner, name, leftover.tip)]
        if worktree is not None and worktree.path.is_dir():
            found += [one for one in [rescue_files(worktree)] if one]
        elif worktree is not None:
            runner = GitRunner(worktree.git_dir, self._project.root)
            found += [one for one in [rescue_index(runner, name)] if one]
        return [one.ref for one in found]

    def _fate(
        self, leftover: _Leftover, action: str, why: str, rescued: tuple[str, ...] = ()
    ) -> Fate:
        path = leftover.worktree.path if leftover.worktree else None
        return Fate(leftover.name, leftover.branch, path, action, why, rescued)

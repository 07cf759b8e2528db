"""Getting the worktree of a run: the one that is there, or a new one."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import filelock

from ...errors import GitError, StorageError
from ...git.process import GitRunner
from ..dead_locks import drop_dead_locks, until
from ..ignoring import unseen
from ..naming import TaskId, branch_name, run_name
from ..project import Project
from .errors import WorktreeError
from .preflight import base_commit, check_prefix
from .registration import Registration, registered
from .rescue import Rescue, rescue_index
from .worktree import SLOW, Worktree

PATIENCE = 300.0
"""Seconds to wait for other processes that make worktrees of the same repository."""
BEING_MADE = 20.0
"""Seconds to wait for a git that makes a worktree and that nobody waits for any more."""


class Origin(Enum):
    """Where a worktree came from."""

    THERE = "there"
    """It was there."""
    BRANCH = "branch"
    """Made for a branch that was here."""
    REMOTE = "remote"
    """Made for a branch that was at the remote only."""
    NEW = "new"
    """Made with a new branch."""


@dataclass
class Got:
    """A worktree, where it came from, and what was kept or put aside on the way, in sentences."""

    worktree: Worktree
    origin: Origin
    warnings: list[str] = field(default_factory=list)


class Worktrees:
    """The worktrees of a project's tasks, in `folder`. Whoever gets one holds the run's guard.

    The user's own checkout, its index, HEAD and stash are never touched; nor is a worktree that
    the user made.
    """

    def __init__(self, project: Project, folder: Path, prefix: str = "orc") -> None:
        self._project = project
        self._folder = folder
        self._prefix = prefix

    def path(self, task: TaskId, tag: str) -> Path:
        """Where the files of a run are, or would be."""
        return self._folder / run_name(task, tag)

    def find(self, task: TaskId, tag: str) -> Worktree | None:
        """The worktree of a run, if git knows one; it may need mending (`Worktree.verify`)."""
        found = registered(self._project.common_dir, self.path(task, tag))
        branch = branch_name(task, tag, self._prefix)
        return Worktree(found.path, branch, found.git_dir) if found else None

    def get(
        self, task: TaskId, tag: str, *, remote_tip: str | None = None, base: str = "HEAD"
    ) -> Got:
        """The worktree of a run: the one that is there, mended where it must be; otherwise one for
        its branch, for `remote_tip` (the commit that the remote has it at), or for a new branch
        that begins at `base`.

        Nothing that was in it is lost. `WorktreeError` when it cannot be had, and then what this
        call made is taken away again.
        """
        branch = branch_name(task, tag, self._prefix)
        path = self.path(task, tag)
        check_prefix(self._project, self._prefix)
        with self.alone():
            warnings: list[str] = []
            found = registered(self._project.common_dir, path)
            if found and self._mended(found, branch, warnings):
                return Got(Worktree(found.path, branch, found.git_dir), Origin.THERE, warnings)
            self._put_aside(path, warnings)
            origin = self._add(path, branch, remote_tip, base)
        made = registered(self._project.common_dir, path)
        if made is None:
            raise WorktreeError(f"git did not make the worktree {path}.")
        return Got(Worktree(made.path, branch, made.git_dir), origin, warnings)

    def remove(self, worktree: Worktree, *, force: bool = False) -> None:
        """Remove a worktree, not its branch; without `force` git refuses what has changes or
        submodules.
        """
        options = ("--force", "--force") if force else ()
        with self.alone():
            self._run("worktree", "remove", *options, "--", str(worktree.path))

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Whether two processes make worktrees at once is not left to git: one of them fails on
        the lock of its configuration, and leaves a branch behind.
        """
        place = self._project.state / "worktrees.lock"
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(place, timeout=PATIENCE):
                yield
        except filelock.Timeout:
            raise WorktreeError(
                f"Another process has been making worktrees for more than {PATIENCE:g} s.",
                hint="Try again; `orc status` shows what runs.",
            ) from None
        except OSError as error:
            raise StorageError(f"{place} cannot be used: {error.strerror or error}.") from None

    def _mended(self, found: Registration, branch: str, warnings: list[str]) -> bool:
        """Whether the worktree that git knows can be used, after what can be mended was."""
        if found.is_being_made and not until(lambda: not found.is_being_made, BEING_MADE):
            self._run("worktree", "remove", "--force", "--force", "--", str(found.path))
            return False
        if not found.path.is_dir():
            kept = rescue_index(GitRunner(found.git_dir, self._project.root), found.path.name)
            warnings.append(f"The worktree {found.path} was gone and is made anew{_told(kept)}.")
            self._forget(found)
            return False
        if not found.is_linked and not (found.path / ".git").is_dir():
            # `git worktree repair` would mend all worktrees, the user's too.
            (found.path / ".git").write_text(f"gitdir: {found.git_dir}\n", "utf-8")
            warnings.append(f"The worktree {found.path} had lost its .git, which is there again.")
        # With the guard held, no other of ours writes here.
        lock = self._project.common_dir / f"refs/heads/{branch}.lock"
        drop_dead_locks(found.git_dir / "index.lock", found.git_dir / "HEAD.lock", lock)
        Worktree(found.path, branch, found.git_dir).verify()
        return True

    def _forget(self, found: Registration) -> None:
        # `git worktree prune` would forget those of the user too, on a disk that is not there now.
        self._run("worktree", "unlock", str(found.path), check=False)
        self._run("worktree", "remove", "--force", "--", str(found.path))

    def _put_aside(self, path: Path, warnings: list[str]) -> None:
        """Make room where something lies that git knows nothing of."""
        if not path.is_symlink() and not path.exists():
            return
        with contextlib.suppress(OSError):
            path.rmdir()
            return
        aside = path.with_name(f"{path.name}.aside-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}")
        try:
            shutil.move(path, aside)
        except OSError as error:
            raise WorktreeError(f"{path} is in the way: {error.strerror or error}.") from None
        warnings.append(
            f"{path} was no worktree of this repository any more; it is kept in {aside}."
        )

    def _add(self, path: Path, branch: str, remote_tip: str | None, base: str) -> Origin:
        ref = f"refs/heads/{branch}"
        if self._run("rev-parse", "--verify", "--quiet", ref, check=False):
            self._check_out(path, branch)
            return Origin.BRANCH
        start = remote_tip or base_commit(self._project, base)
        # By itself, since `worktree add -b` leaves the branch behind where it fails afterwards.
        self._run("update-ref", "-m", "orc: begin", ref, start, "")
        try:
            self._check_out(path, branch)
        except BaseException:
            self._run("update-ref", "-d", ref, start, check=False)
            raise
        return Origin.REMOTE if remote_tip else Origin.NEW

    def _check_out(self, path: Path, branch: str) -> None:
        """Make the worktree; once more where that failed, since the user's git may have been in
        the way.
        """
        unseen(path.parent)
        words = ("worktree", "add", "--quiet", "--", str(path), branch)
        try:
            self._run(*words)
        except GitError:
            try:
                self._run(*words)
            except GitError as error:
                raise WorktreeError(
                    error.message, hint="Mend what git names, then run the task again."
                ) from None

    def _run(self, *args: str, check: bool = True) -> str:
        return self._project.runner.run(*args, check=check, timeout=SLOW).text


def _told(kept: Rescue | None) -> str:
    return f"; what was staged in it is kept in {kept.ref}" if kept else ""

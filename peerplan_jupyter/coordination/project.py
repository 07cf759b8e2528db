"""The repository that a team works in, and where everything of `orc` lies in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidInputError, NotFoundError
from ..git.process import GitRunner, discover

if TYPE_CHECKING:
    from ..git.repository import Repository

WORKTREES = Path(".orc/worktrees")


@dataclass(frozen=True)
class Project:
    """`root` is the main work tree, also for who stands in another one of the repository; refs
    and objects lie in `common_dir`. Nothing is made by looking.
    """

    root: Path
    common_dir: Path

    @classmethod
    def find(cls, path: Path) -> Project:
        """The project that `path` is in. `NotFoundError` where there is no repository,
        `InvalidInputError` where it has no work tree.
        """
        found = discover(path)
        if found is None:
            raise NotFoundError(
                f"{str(path)[:300]} is not in a git repository.",
                hint="Go to one, or run `git init`: tasks rest in git.",
            )
        root = _main_root(found.git_dir, found.common_dir, found.work_tree)
        if root is None:
            raise InvalidInputError(
                f"{path} is in no work tree of {found.common_dir}: there are no files to work on.",
                hint="Clone it, and run orc in the clone.",
            )
        return cls(root, found.common_dir)

    @cached_property
    def runner(self) -> GitRunner:
        """Runs git here."""
        return GitRunner(self.common_dir, self.root)

    @cached_property
    def repository(self) -> Repository:
        """The repository, with all that can be asked of it; slower to open."""
        from ..git.repository import Repository  # noqa: PLC0415

        return Repository.open(self.root)

    @property
    def orc(self) -> Path:
        """Where everything lies that people read."""
        return self.root / ".orc"

    @property
    def shared(self) -> Path:
        """What the team shares; tracked."""
        return self.orc / "shared"

    @property
    def local(self) -> Path:
        """What one person has here; not tracked."""
        return self.orc / "local"

    @property
    def tasks(self) -> Path:
        """The folder of each task; tracked, but for transcripts."""
        return self.orc / "tasks"

    @property
    def state(self) -> Path:
        """Locks, counters and what waits to be sent: one for all work trees of the repository."""
        return self.common_dir / "orc"

    @property
    def database(self) -> Path:
        """A cache of what was read; it may be deleted at any time."""
        return self.orc / "orc.db"


def _main_root(git_dir: Path, common_dir: Path, work_tree: Path | None) -> Path | None:
    """The main work tree. In a worktree of a bare repository there is none: then it is this one,
    or the one that it was made in.
    """
    if git_dir == common_dir:
        return work_tree
    if common_dir.name == ".git" and not _is_bare(common_dir):
        return common_dir.parent
    listed = GitRunner(common_dir, common_dir).run("worktree", "list", "--porcelain").text
    main, *facts = listed.split("\n\n", 1)[0].split("\n")
    if "bare" not in facts:
        return Path(main.removeprefix("worktree "))
    return _outermost(work_tree) if work_tree else None


def _is_bare(common_dir: Path) -> bool:
    done = GitRunner(common_dir, common_dir).run("config", "--bool", "core.bare", check=False)
    return done.text == "true"


def _outermost(work_tree: Path) -> Path:
    before, inside, _ = str(work_tree).partition(f"{os.sep}{WORKTREES}{os.sep}")
    return Path(before) if inside else work_tree

"""The worktrees that a repository knows of, read from git's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INITIALIZING = "initializing"
"""What `git worktree add` says in `locked` until it is done."""
_branch = "ref: refs/heads/"


@dataclass(frozen=True)
class Registration:
    """One linked worktree: `git_dir` is its own folder in the repository's, `path` where its files
    are, or were.
    """

    git_dir: Path
    path: Path

    @property
    def branch(self) -> str | None:
        """The branch that is checked out there, or None."""
        head = read_line(self.git_dir / "HEAD")
        return head.removeprefix(_branch) if head.startswith(_branch) else None

    @property
    def is_being_made(self) -> bool:
        """Whether git makes it at this moment, or was ended while it did."""
        return read_line(self.git_dir / "locked") == INITIALIZING

    @property
    def link(self) -> Path | None:
        """What `.git` in the worktree names as its folder, or None where it names none."""
        said = read_line(self.path / ".git")
        if not said.startswith("gitdir: "):
            return None
        return (self.path / said.removeprefix("gitdir: ")).resolve()

    @property
    def is_linked(self) -> bool:
        """Whether the files know their repository."""
        return self.link == self.git_dir.resolve()


def registrations(common_dir: Path) -> Iterator[Registration]:
    """All linked worktrees. No git is run: this is asked for before anything else."""
    for place in sorted((common_dir / "worktrees").glob("*/gitdir")):
        if said := read_line(place):
            yield Registration(place.parent, (place.parent / said).parent.resolve())


def registered(common_dir: Path, path: Path) -> Registration | None:
    """The worktree whose files are at `path`, if there is one."""
    wanted = path.resolve()
    return next((one for one in registrations(common_dir) if one.path == wanted), None)


def read_line(path: Path) -> str:
    """The text of one of git's small files, or nothing."""
    try:
        return path.read_text("utf-8", "surrogateescape").rstrip("\n")
    except (OSError, UnicodeError):
        return ""

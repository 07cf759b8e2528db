"""The commit of what a command wrote: made by the person, or for them when they say so."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from ...errors import InvalidInputError
from ...git.process import discover
from ..project import Project


def commands(project: Project, paths: Sequence[Path], message: str) -> list[str]:
    """The two commands that commit `paths` and nothing else."""
    names = shlex.join(_names(project, paths))
    return [f"git add -- {names}", f"git commit -m {shlex.quote(message)} -- {names}"]


def is_committed(project: Project, paths: Sequence[Path]) -> bool:
    """Whether git has all of `paths` as they are, so that nothing is left to commit."""
    options = ("--porcelain", "--untracked-files=all", "--ignored")
    return not project.runner.run("status", *options, "--", *_names(project, paths)).stdout


def commit(project: Project, paths: Sequence[Path], message: str) -> str | None:
    """Run those two; returns the commit, or None where nothing is to be committed. What else is
    staged stays staged. `GitError` where git does not make it, as in the middle of a merge.
    """
    names, runner = _names(project, paths), project.runner
    found = discover(project.root)
    if found is None or found.git_dir != found.common_dir:
        raise InvalidInputError(
            f"{project.root} is a worktree of a bare repository.",
            hint=" && ".join(commands(project, paths, message)),
        )
    runner.run("add", "--", *names)
    if runner.run("diff", "--cached", "--quiet", "--", *names, check=False).status == 0:
        return None
    runner.run("commit", "--quiet", "-m", message, "--only", "--", *names)
    return runner.run("rev-parse", "HEAD").text


def _names(project: Project, paths: Sequence[Path]) -> list[str]:
    """The paths as git has them; without those that were never committed and are gone again."""
    names = [path.relative_to(project.root).as_posix() for path in paths]
    tracked = project.runner.run("ls-files", "-z", "--", *names).text.split("\0")
    return [name for name in names if name in tracked or (project.root / name).exists()]

"""Where the work of a branch began."""

from __future__ import annotations

from collections.abc import Iterable

from ..project import Project
from .worktree import Worktree


def fork_point(project: Project, worktree: Worktree, remote: str) -> str:
    """The last commit that the branch has in common with what is checked out in the main work
    tree or with the remote's usual branch, whichever is nearer. Its own first commit's parent is
    not on record: a branch may come from another machine.
    """
    main = project.runner.run("rev-parse", "--verify", "--quiet", "HEAD", check=False).text
    usual = [f"refs/remotes/{remote}/{name}" for name in ("HEAD", "main", "master")]
    found = dict(_distances(worktree, [main, *usual]))
    return min(found, key=found.__getitem__, default=worktree.head())


def _distances(worktree: Worktree, names: Iterable[str]) -> Iterable[tuple[str, int]]:
    for name in filter(None, names):
        done = worktree.runner.run("merge-base", name, "HEAD", check=False)
        if done.status == 0:
            count = worktree.runner.run("rev-list", "--count", f"{done.text}..HEAD").text
            yield done.text, int(count)

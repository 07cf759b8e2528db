"""What must be so before a worktree can be made."""

from __future__ import annotations

from ...errors import NotFoundError
from ..project import Project
from .errors import WorktreeError


def check_prefix(project: Project, prefix: str) -> None:
    """Refuse where a branch has the name that all branches of tasks begin with: git cannot have
    both `orc` and `orc/TASK-001`.
    """
    if project.runner.run(
        "rev-parse", "--verify", "--quiet", f"refs/heads/{prefix}", check=False
    ).text:
        raise WorktreeError(
            f"There is a branch {prefix!r}, and git allows no {prefix}/… beside it.",
            hint=f"Rename it (git branch -m {prefix} {prefix}-old), or set git.branch_prefix.",
        )


def base_commit(project: Project, base: str = "HEAD") -> str:
    """The commit that a new branch begins at: what the main work tree has checked out, on a
    branch or not. `NotFoundError` where there is no such commit here, `WorktreeError` where there
    is none at all yet.
    """
    done = project.runner.run(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}", check=False
    )
    if done.status == 0:
        return done.text
    if base != "HEAD":
        raise NotFoundError(
            f"There is no commit {base[:100]!r} here for a branch to begin at: a branch, a tag or "
            "a commit was expected.",
            hint="`git branch --all` lists branches; `git fetch` brings what is new at the remote.",
        )
    raise WorktreeError(
        "The repository has no commits yet, so there is nothing to work on.",
        hint="Commit something first.",
    )

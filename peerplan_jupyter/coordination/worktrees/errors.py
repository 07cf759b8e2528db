"""What can be wrong with a worktree or its branch."""

from __future__ import annotations

from ...errors import GitError, StaleError


class WorktreeError(GitError):
    """A worktree cannot be made, or is not as it was left; the message says what to do."""


class DivergedError(StaleError):
    """The branch was moved on from another machine, and here too. `data` has `branch`, `here` and
    `there`, the two commits.
    """

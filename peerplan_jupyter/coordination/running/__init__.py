"""Running: a task's phases, one after the other, each by a command in the run's worktree."""

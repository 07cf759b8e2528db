"""Worktrees: where an executor works on a task, on a branch of its own."""

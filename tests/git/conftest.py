from __future__ import annotations

from ..support.repositories import git, make_clone, make_remote, opened, own_git_configuration

__all__ = ["git", "make_clone", "make_remote", "opened", "own_git_configuration"]

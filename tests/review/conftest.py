from __future__ import annotations

from ..support.workspaces import git, own_settings, repository, workspace

__all__ = ["git", "own_settings", "repository", "workspace"]

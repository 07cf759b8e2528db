from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.worktrees.keeper import Worktrees

from ...support.repositories import Git


@pytest.fixture
def keeper() -> Callable[[Path], Worktrees]:
    """The worktrees of the project at a folder, where they usually are."""

    def make(root: Path) -> Worktrees:
        project = Project.find(root)
        return Worktrees(project, project.orc / "worktrees")

    return make


@pytest.fixture
def ignoring(git: Git) -> Callable[[Path], Path]:
    """Commits the file that keeps what `orc` makes out of git, as `orc team init` does."""

    def commit(root: Path) -> Path:
        (root / ".orc").mkdir(exist_ok=True)
        (root / ".orc/.gitignore").write_text("worktrees/\nlocal/\n")
        git(root, "add", ".orc/.gitignore")
        git(root, "commit", "-q", "-m", "Begin with orc")
        return root

    return commit

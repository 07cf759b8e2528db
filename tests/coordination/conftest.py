from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.workspace import OrcWorkspace

from ..support.repositories import Git, git, make_clone, make_remote, own_git_configuration

__all__ = ["git", "make_clone", "make_remote", "own_git_configuration"]


@pytest.fixture(autouse=True)
def own_orc_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's own settings of orc play a part."""
    home = tmp_path / "orc-home"
    monkeypatch.setenv("ORC_HOME", str(home))
    return home


@pytest.fixture
def make_project(tmp_path: Path, git: Git) -> Callable[..., Path]:
    """A repository with one commit, and files at paths in it that are not committed."""

    def make(name: str = "project", **files: str) -> Path:
        root = tmp_path / name
        root.mkdir()
        git(root, "init", "-q")
        git(root, "commit", "-q", "--allow-empty", "-m", "Begin")
        for path, text in files.items():
            write(root, path.replace("__", "/") + ".yaml", text)
        return root

    def write(root: Path, path: str, text: str) -> None:
        place = root / ".orc" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    return make


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., OrcWorkspace]:
    """The workspace at a folder, with an environment and flags of its own."""

    def open_at(root: Path, home: Path | None = None, **environment: str) -> OrcWorkspace:
        names = {"ORC_HOME": str(home or tmp_path / "orc-home"), **environment}
        return OrcWorkspace.open(root, names)

    return open_at

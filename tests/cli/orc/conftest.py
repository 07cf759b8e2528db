from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ...support.repositories import Git


@pytest.fixture
def team(make_remote, make_clone, git: Git, tmp_path: Path, tmp_path_factory, monkeypatch) -> Path:
    """A clone of a team's project in which commands are run, with the remote beside it."""
    made, work = tmp_path_factory.getbasetemp() / "team", tmp_path / "work"
    if not made.exists():
        remote = make_remote()
        found(make_clone(remote), git)
        made.mkdir()
        for one in (remote, work):
            one.rename(made / one.name)
    for name in ("remote.git", "work"):
        shutil.copytree(made / name, tmp_path / name)
    git(work, "remote", "set-url", "origin", str(tmp_path / "remote.git"))
    git(work, "update-index", "--refresh")
    monkeypatch.setenv("ORC_HOME", str(tmp_path / "orc-home"))
    monkeypatch.setenv("ORC_INITIALS", "AM")
    monkeypatch.chdir(work)
    return work


def found(work: Path, git: Git) -> None:
    """Make a team's project of a clone, once to be copied."""
    shared = work / ".orc" / "shared"
    shared.mkdir(parents=True)
    (shared / "config.yaml").write_text("version: 1\ntask_id: {mode: p2p}\n")
    (shared / "team.yaml").write_text("members:\n- {initials: AM, name: Ada Moreau}\n")
    git(work, "add", ".orc")
    git(work, "commit", "-q", "-m", "Initialize orc team structure")
    git(work, "push", "-q", "-u", "origin", "main")

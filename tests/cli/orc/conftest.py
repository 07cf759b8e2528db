from __future__ import annotations

from pathlib import Path

import pytest

from ...support.repositories import Git


@pytest.fixture
def team(make_remote, make_clone, git: Git, tmp_path, monkeypatch) -> Path:
    """A clone of a team's project in which commands are run, with the remote beside it."""
    work = make_clone(make_remote())
    shared = work / ".orc" / "shared"
    shared.mkdir(parents=True)
    (shared / "config.yaml").write_text("version: 1\ntask_id: {mode: p2p}\n")
    (shared / "team.yaml").write_text("members:\n- {initials: AM, name: Ada Moreau}\n")
    git(work, "add", ".orc")
    git(work, "commit", "-q", "-m", "Initialize orc team structure")
    git(work, "push", "-q", "-u", "origin", "main")
    monkeypatch.setenv("ORC_HOME", str(tmp_path / "orc-home"))
    monkeypatch.setenv("ORC_INITIALS", "AM")
    monkeypatch.chdir(work)
    return work

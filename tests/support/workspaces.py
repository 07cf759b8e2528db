"""Fixtures: a workspace of its own, and a clone with its remote."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from peerplan_jupyter.plan.operations import CreatePlan
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

from .repositories import SETTINGS


def git(folder: Path, *args: str) -> str:
    """Run git in a folder, as a person would."""
    done = subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def break_journal(home: Home) -> None:
    """Leave nonsense where the journal is, as a disk that fails does."""
    for suffix in ("", "-wal", "-shm"):
        home.journal.with_name(home.journal.name + suffix).write_bytes(b"nonsense" * 1000)


def publish_plan(workspace: Workspace, plan_id: str, repository: Path, remote: str) -> None:
    """Begin a plan in a repository, and publish it."""
    agent = workspace.actor("agent", "builder")
    made = CreatePlan(actor=agent, plan_id=plan_id, title=plan_id.title())
    workspace.run(workspace.create(made, repository, remote))
    workspace.run(workspace.publisher.publish(plan_id))


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody's git configuration, and no folder of the user's, plays a part."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("PEERPLAN_HOME", str(tmp_path / "peerplan"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "gitconfig").write_text(SETTINGS.format(name="Maia", email="maia@example.org"))


@cache
def cloned(folder: Path) -> Path:
    """A folder with a bare remote and a clone that has pushed a commit, made once to be copied.

    It takes the user's name from the test that comes first.
    """
    remote, work = folder / "remote.git", folder / "work"
    folder.mkdir()
    git(folder, "init", "-q", "--bare", "-b", "main", str(remote))
    git(folder, "clone", "-q", str(remote), str(work))
    (work / "app.py").write_text("print('hello')\n")
    git(work, "add", "app.py")
    git(work, "commit", "-q", "-m", "Begin")
    git(work, "push", "-q", "origin", "HEAD:main")
    for place in (remote, work / ".git"):
        (place / "hooks").mkdir()
    return folder


@pytest.fixture
def repository(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, own_settings: None
) -> Path:
    """A clone with one commit, and its bare remote beside it."""
    made = cloned(tmp_path_factory.getbasetemp() / "cloned")
    for name in ("remote.git", "work"):
        shutil.copytree(made / name, tmp_path / name)
    work = tmp_path / "work"
    git(work, "remote", "set-url", "origin", str(tmp_path / "remote.git"))
    git(work, "update-index", "--refresh")
    return work


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace of its own, started."""
    with Workspace(Home.under(tmp_path / "home")) as made:
        yield made

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ...support.repositories import Git


@pytest.fixture
def team(team_at: Callable[[Path], Path], tmp_path: Path) -> Path:
    """A clone of a team's project in which commands are run, with the remote beside it."""
    return team_at(tmp_path)


@pytest.fixture
def apart(team: Path, git: Git) -> Path:
    """The same without a remote, where nothing is about it: each step of a run would be sent."""
    git(team, "remote", "remove", "origin")
    return team


@pytest.fixture
def team_at(
    make_remote, make_clone, git: Git, at: Callable[[Path], Path], tmp_path_factory
) -> Callable[[Path], Path]:
    """Copies a team's project and its remote into a folder, from a copy that is made once."""

    def come(place: Path) -> Path:
        made = tmp_path_factory.getbasetemp() / "team"
        if not made.exists():
            remote = make_remote()
            work = make_clone(remote)
            found(work, git)
            made.mkdir()
            for one in (remote, work):
                one.rename(made / one.name)
        for name in ("remote.git", "work"):
            shutil.copytree(made / name, place / name)
        git(place / "work", "remote", "set-url", "origin", str(place / "remote.git"))
        return at(place)

    return come


@pytest.fixture
def at(git: Git, monkeypatch) -> Callable[[Path], Path]:
    """Has commands run in the clone `work` of a folder, with the settings of a home beside it."""

    def go(place: Path) -> Path:
        work = place / "work"
        git(work, "update-index", "-q", "--refresh", check=False)
        monkeypatch.setenv("ORC_HOME", str(place / "orc-home"))
        monkeypatch.setenv("ORC_INITIALS", "AM")
        monkeypatch.chdir(work)
        return work

    return go


def found(work: Path, git: Git) -> None:
    """Make a team's project of a clone, once to be copied."""
    shared = work / ".orc" / "shared"
    shared.mkdir(parents=True)
    (shared / "config.yaml").write_text("version: 1\ntask_id: {mode: p2p}\n")
    (shared / "team.yaml").write_text("members:\n- {initials: AM, name: Ada Moreau}\n")
    git(work, "add", ".orc")
    git(work, "commit", "-q", "-m", "Initialize orc team structure")
    git(work, "push", "-q", "-u", "origin", "main")


@pytest.fixture
def staged(
    at: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Callable[[Path], None]], Path]:
    """The clone in a folder of a name that is as `make` made it for the first test that wants it,
    at the same path each time: git remembers where its work trees are.
    """

    def come(name: str, make: Callable[[Path], None]) -> Path:
        place = tmp_path_factory.getbasetemp() / name
        kept = place.with_name(f"{name}-as-it-was")
        shutil.rmtree(place, ignore_errors=True)
        if kept.exists():
            shutil.copytree(kept, place, symlinks=True)
        else:
            place.mkdir()
            make(place)
            shutil.copytree(place, kept, symlinks=True)
        return at(place)

    return come


@pytest.fixture
def begins(orc) -> Callable[..., str]:
    """Begins a task whose plan has one phase, where commands are run; its id."""

    def begin(title: str = "Greet") -> str:
        made = orc("new", title, "--json")
        assert made.code == 0, made.err
        plan = Path(made.json["folder"]) / "plan.yaml"
        plan.write_text("version: 1\nphases:\n- name: implement\n")
        return str(made.json["id"])

    return begin

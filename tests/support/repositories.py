"""Fixtures: real repositories, apart from the user's configuration."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from peerplan_jupyter.git.commit_writer import CommitWriter
from peerplan_jupyter.git.fast_import import NewCommit
from peerplan_jupyter.git.repository import Repository

Git = Callable[..., str]
SETTINGS = """
[user]
	name = {name}
	email = {email}
[init]
	defaultBranch = main
	templateDir =
[protocol "file"]
	allow = always
[core]
	fsync = none
[gc]
	auto = 0
[maintenance]
	auto = false
[receive]
	autogc = false
"""
"""A user's configuration, which spares what no test is about: samples of hooks, care of
repositories that live for a second, and waits for disks.
"""

ORIGIN = """\
[remote "origin"]
	url = {url}
	fetch = +refs/heads/*:refs/remotes/origin/*
"""
"""What `git remote add` writes."""


@cache
def begun(folder: Path) -> Path:
    """A folder with a bare repository and one that has a commit, made once: git takes ten times as
    long to make them as it takes to copy them. It has the user's name from the test that comes
    first.
    """

    def git(*args: str) -> None:
        subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True)

    folder.mkdir()
    git("init", "--quiet", "--bare", "bare")
    git("init", "--quiet", "work")
    (folder / "work/README.md").write_text("hello\n")
    git("-C", "work", "add", "README.md")
    git("-C", "work", "commit", "--quiet", "-m", "Begin")
    for place in ("bare", "work/.git"):
        (folder / place / "hooks").mkdir()
    return folder


def write_commit(repository: Repository, commit: NewCommit, ref: str) -> str:
    """Write a commit and leave `ref` at it; returns its id."""
    with CommitWriter(repository) as writer:
        made = writer.write(commit, f"{ref}-private")
        writer.move({ref: made})
        assert writer.end()
        return made


@pytest.fixture(autouse=True)
def own_git_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's git configuration, and no folder of the user's, plays a part."""
    settings = tmp_path / "gitconfig"
    settings.write_text(SETTINGS.format(name="Ada", email="ada@example.org"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("PEERPLAN_HOME", str(tmp_path / "peerplan-home"))


@pytest.fixture
def git() -> Git:
    """Run git in a folder, as a person would."""

    def run(folder: Path, *args: str, check: bool = True, given: str | None = None) -> str:
        command = ["git", "-C", str(folder), *args]
        done = subprocess.run(command, capture_output=True, text=True, check=False, input=given)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def make_remote(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A bare remote."""

    def make(name: str = "remote.git") -> Path:
        made = begun(tmp_path_factory.getbasetemp() / "begun")
        return Path(shutil.copytree(made / "bare", tmp_path / name))

    return make


@pytest.fixture
def make_clone(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, git: Git
) -> Callable[..., Path]:
    """A clone with one commit on `main`, with the remote `origin` when one is given."""

    def make(remote: Path | None = None, name: str = "work") -> Path:
        made = begun(tmp_path_factory.getbasetemp() / "begun")
        folder = Path(shutil.copytree(made / "work", tmp_path / name, dirs_exist_ok=True))
        git(folder, "update-index", "--refresh")
        if remote:
            with (folder / ".git/config").open("a") as config:
                config.write(ORIGIN.format(url=json.dumps(str(remote), ensure_ascii=False)))
        return folder

    return make


@pytest.fixture
def opened() -> Iterator[Callable[[Path], Repository]]:
    """Open repositories that are closed when the test ends."""
    repositories: list[Repository] = []

    def open_one(path: Path) -> Repository:
        repositories.append(Repository.open(path))
        return repositories[-1]

    yield open_one
    for repository in repositories:
        repository.close()

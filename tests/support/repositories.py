"""Fixtures: real repositories, apart from the user's configuration."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peerplan_jupyter.git.commit_writer import CommitWriter
from peerplan_jupyter.git.fast_import import NewCommit
from peerplan_jupyter.git.repository import Repository

Git = Callable[..., str]


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
    settings.write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.org\n"
        '[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n'
    )
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
def make_remote(tmp_path: Path, git: Git) -> Callable[..., Path]:
    """A bare remote."""

    def make(name: str = "remote.git") -> Path:
        git(tmp_path, "init", "--quiet", "--bare", name)
        return tmp_path / name

    return make


@pytest.fixture
def make_clone(tmp_path: Path, git: Git) -> Callable[..., Path]:
    """A clone with one commit on `main`, with the remote `origin` when one is given."""

    def make(remote: Path | None = None, name: str = "work") -> Path:
        folder = tmp_path / name
        git(tmp_path, "init", "--quiet", name)
        (folder / "README.md").write_text("hello\n")
        git(folder, "add", "README.md")
        git(folder, "commit", "--quiet", "-m", "Begin")
        if remote:
            git(folder, "remote", "add", "origin", str(remote))
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

"""Two people who begin a team, or join it, at the same time in clones of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ...support.orc import OrcProcess
from ...support.repositories import Git


@dataclass(frozen=True)
class Person:
    """Somebody with a clone and a home of their own."""

    clone: Path
    home: Path

    def begins(self, *args: str) -> OrcProcess:
        """A command of `orc` in a process of its own."""
        return OrcProcess(self.clone, *args, environment={**os.environ, "ORC_HOME": str(self.home)})


def together(*begun: OrcProcess) -> list[str]:
    """What commands that run at once say on standard error; all of them do it."""
    ended = [one.end() for one in begun]
    assert [one.code for one in ended] == [0] * len(begun), ended
    return [one.err for one in ended]


@pytest.fixture
def people(make_remote, make_clone, git: Git, tmp_path) -> Callable[[], tuple[Person, Person]]:
    """Two with a clone each of a project that no team works on yet."""
    remote = make_remote()
    git(make_clone(remote), "push", "-q", "-u", "origin", "main")

    def come() -> tuple[Person, Person]:
        for name in ("alice", "anna"):
            git(tmp_path, "clone", "-q", str(remote), name)
            git(tmp_path / name, "config", "user.email", f"{name}@example.org")
        return tuple(Person(tmp_path / name, tmp_path / f"of-{name}") for name in ("alice", "anna"))  # type: ignore[return-value]

    return come


def merged(first: Path, second: Path, git: Git) -> str:
    """The first pushes, the second cannot and pulls; what `git status` says there then."""
    git(first, "push", "-q")
    assert "rejected" in git_says(second, "push")
    git_says(second, "pull", "--no-rebase", "--no-edit")
    return git(second, "status", "--porcelain", "--untracked-files=no")


def git_says(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_two_who_begin_the_same_team_at_once_have_no_conflict(people, git):
    alice, anna = people()
    init = ("team", "init", "--commit")
    together(alice.begins(*init), anna.begins(*init))
    assert merged(alice.clone, anna.clone, git) == ""
    together(alice.begins("team", "members"), anna.begins("team", "members"))


def test_two_who_begin_different_teams_at_once_get_a_conflict_that_is_said(people, git):
    alice, anna = people()
    together(
        alice.begins("team", "init", "--commit"),
        anna.begins("team", "init", "--prefix-source", "username", "--commit"),
    )
    assert merged(alice.clone, anna.clone, git) == "AA .orc/shared/config.yaml"
    refused = anna.begins("status").end()
    assert "conflict markers" in refused.err
    assert refused.code == 2


def test_two_processes_that_begin_a_team_in_one_clone_leave_whole_files(people):
    alice, _ = people()
    together(*[alice.begins("team", "init") for _ in range(2)])
    assert together(alice.begins("team", "members")) == [""]
    assert sorted(path.name for path in (alice.clone / ".orc/shared").iterdir()) == [
        ".gitattributes", "config.yaml", "members", "prompts", "skills", "team.yaml", "templates",
    ]  # fmt: skip


def test_two_who_join_at_once_with_the_same_initials_see_it_with_the_second_pull(people, git):
    alice, anna = people()
    together(alice.begins("team", "init", "--commit"))
    git(alice.clone, "push", "-q")
    git(anna.clone, "pull", "-q")
    join = ("team", "join", "--initials", "AM", "--commit", "--name")
    together(alice.begins(*join, "Alice Martinez"), anna.begins(*join, "Anna Meier"))
    assert merged(alice.clone, anna.clone, git) == "AA .orc/shared/members/AM.yaml"
    assert "two people joined as AM at once" in together(anna.begins("team", "members"))[0]
    held = (anna.clone / ".orc/shared/members/AM.yaml").read_text()
    assert "Alice Martinez" in held
    assert "Anna Meier" in held

"""Two people on one project, as a day goes: each command as they would type it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ...support.checkouts import untouched

RUN = ("--yes", "--command", "cat {prompt_file} >> work.md; echo {phase} >> phases.txt")


@pytest.fixture
def person(team: Path, tmp_path, git, orc, monkeypatch) -> Callable[..., Callable]:
    """Somebody with a clone of the team's project: what they type, `orc` or `git`, is run there."""
    remote = git(team, "remote", "get-url", "origin")

    def come(name: str, initials: str) -> Callable:
        git(tmp_path, "clone", "-q", remote, name)

        def types(program: str, *args: str):
            monkeypatch.setenv("ORC_HOME", str(tmp_path / f"home-of-{name}"))
            monkeypatch.setenv("ORC_INITIALS", initials)
            monkeypatch.setenv("ORC_DISPLAY_NAME", name.capitalize())
            monkeypatch.chdir(tmp_path / name)
            if program == "git":
                return git(tmp_path / name, *args)
            with untouched(tmp_path / name, ".orc/tasks", ".orc/local"):
                done = orc(*args)
            assert done.code == 0, done.err
            return done.out

        return types

    return come


def test_somebody_begins_a_task_runs_it_and_pushes_it_and_others_see_it(person):
    alice, bob = person("alice", "AM"), person("bob", "BJ")
    alice("git", "pull", "-q")
    assert "TASK-AM-001" in alice("orc", "new", "Add user dashboard")
    alice("orc", "run", "TASK-AM-001", *RUN)
    alice("git", "add", ".orc/tasks/TASK-AM-001/")
    alice("git", "commit", "-q", "-m", "[orc] TASK-AM-001: planned")
    alice("git", "push", "-q")
    assert "TASK-AM-001  completed" in alice("orc", "list")
    bob("git", "pull", "-q")
    assert "TASK-AM-001" in bob("orc", "list")
    seen = bob("orc", "list", "--team").splitlines()
    assert seen[0] == "Fetching remote branches..."
    [row] = [line for line in seen if line.startswith("TASK-AM-001")]
    assert row.split()[:2] == ["TASK-AM-001", "completed"]
    assert row.endswith("(ada)")


def test_two_people_work_on_their_own_tasks_at_once_without_a_conflict(person):
    alice, bob = person("alice", "AM"), person("bob", "BJ")
    for who, task in ((alice, "TASK-AM-001"), (bob, "TASK-BJ-001")):
        who("orc", "new", f"Work for {task}")
        who("orc", "run", task, *RUN)
        who("git", "add", f".orc/tasks/{task}/")
        who("git", "commit", "-q", "-m", f"[orc] {task}: planned")
    alice("git", "push", "-q")
    bob("git", "pull", "-q", "--rebase")
    bob("git", "push", "-q")
    alice("git", "pull", "-q")
    assert {line.split()[0] for line in alice("orc", "list").splitlines()} == {
        "TASK-AM-001",
        "TASK-BJ-001",
    }


def test_a_prompt_that_one_improves_is_used_by_others_after_they_pulled(person, tmp_path):
    alice, bob = person("alice", "AM"), person("bob", "BJ")
    prompts = tmp_path / "alice/.orc/shared/prompts"
    prompts.mkdir(parents=True)
    (prompts / "implement.md").write_text("Implement it, and say how it was tested.\n")
    alice("git", "add", ".orc/shared/prompts/implement.md")
    alice("git", "commit", "-q", "-m", "Improve implement prompt with better test guidance")
    alice("git", "push", "-q")
    bob("git", "pull", "-q")
    bob("orc", "new", "Use it")
    bob("orc", "run", "TASK-BJ-001", *RUN)
    told = (tmp_path / "bob/.orc/worktrees/TASK-BJ-001-bj/work.md").read_text()
    assert told.startswith("Implement it, and say how it was tested.\n")


def test_two_people_run_the_same_task_and_have_a_branch_each(person, tmp_path):
    alice, bob = person("alice", "AM"), person("bob", "BJ")
    alice("orc", "new", "Add user dashboard")
    alice("git", "add", ".orc/tasks/TASK-AM-001/")
    alice("git", "commit", "-q", "-m", "[orc] TASK-AM-001: planned")
    alice("git", "push", "-q")
    bob("git", "pull", "-q")
    alice("orc", "run", "TASK-AM-001", *RUN)
    bob("orc", "run", "TASK-AM-001", *RUN)
    assert (tmp_path / "alice/.orc/worktrees/TASK-AM-001-am/phases.txt").exists()
    assert (tmp_path / "bob/.orc/worktrees/TASK-AM-001-bj/phases.txt").exists()
    heads = alice("git", "ls-remote", "--heads", "origin", "orc/*")
    assert [line.split("refs/heads/")[1] for line in heads.splitlines()] == [
        "orc/TASK-AM-001-am",
        "orc/TASK-AM-001-bj",
    ]

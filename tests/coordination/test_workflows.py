"""The workflows of the specification, as written there, over two clones and a bare remote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..support.repositories import Git

SHARED = """\
version: 1
task_id:
  mode: p2p
  prefix_source: initials
defaults:
  profile: safe
"""
TEAM = """\
version: 1
members:
  - initials: AM
    name: Alice Martinez
  - initials: BJ
    name: Bob Johnson
reserved_prefixes: [AM, BJ]
"""


@dataclass(frozen=True)
class Someone:
    """A person with a machine of their own: a home, and a clone named `project` in it."""

    home: Path
    tools: Path

    @property
    def project(self) -> Path:
        return self.home / "project"

    def types(self, script: str, code: int = 0) -> str:
        """Run lines of a shell, which stop at the first that fails; what they print."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        scripts = Path(sys.executable).parent
        kept = {name: os.environ[name] for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")}
        return {
            **kept,
            "HOME": str(self.home),
            "PATH": f"{self.tools}:{scripts}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
        }


@pytest.fixture
def someone(tmp_path: Path, make_remote, git: Git) -> Callable[[str, str, str], Someone]:
    """People who share one remote. Their agent writes the task's name into a file, and their editor
    adds a line.
    """
    remote = make_remote("project.git")
    tools = tmp_path / "tools"
    tools.mkdir()
    vim = tools / "vim"
    vim.write_text('#!/bin/sh\necho "Test the edges first." >> "$1"\n')
    vim.chmod(0o755)
    _founded(tmp_path / "lead", remote, git)

    def make(name: str, initials: str, display_name: str) -> Someone:
        home = tmp_path / name
        (home / ".orc").mkdir(parents=True)
        (home / ".orc" / "config.yaml").write_text(
            f"identity:\n  initials: {initials}\n  display_name: {display_name}\n"
            "run:\n"
            f'  command: "echo {name} {{phase}} >> {{worktree}}/{{task}}.txt"\n'
        )
        git(home, "clone", "-q", str(remote), "project")
        git(home / "project", "config", "user.name", display_name)
        return Someone(home, tools)

    return make


def _founded(lead: Path, remote: Path, git: Git) -> None:
    """A project of a team with two members and four tasks of the first."""
    shared = lead / ".orc" / "shared"
    shared.mkdir(parents=True)
    git(lead, "init", "-q")
    (shared / "config.yaml").write_text(SHARED)
    (shared / "team.yaml").write_text(TEAM)
    for number in range(1, 5):
        folder = lead / ".orc" / "tasks" / f"TASK-AM-00{number}"
        folder.mkdir(parents=True)
        (folder / "task.yaml").write_text(
            f"id: TASK-AM-00{number}\nuid: 01J0000000000000000000000{number}\ntitle: Old {number}\n"
        )
    git(lead, "add", ".")
    git(lead, "commit", "-q", "-m", "Initialize orc team structure")
    git(lead, "remote", "add", "origin", str(remote))
    git(lead, "push", "-q", "-u", "origin", "main")


EXAMPLE_1 = """\
cd project
git pull
orc new "Add user dashboard"
orc run TASK-AM-005
git add .orc/tasks/TASK-AM-005/
git commit -m "[orc] TASK-AM-005: planned"
git push
"""


def test_alice_starts_a_task_and_bob_sees_it(someone, git):
    alice, bob = someone("alice", "AM", "Alice Martinez"), someone("bob", "BJ", "Bob Johnson")
    assert "TASK-AM-005" in alice.types(EXAMPLE_1)
    tree = git(alice.project, "ls-tree", "-r", "--name-only", "origin/main")
    assert ".orc/tasks/TASK-AM-005/task.yaml" in tree.splitlines()
    assert "transcripts" not in tree
    seen = bob.types("cd project\ngit pull\norc list --team\n")
    assert "Fetching remote branches..." in seen
    row = next(line for line in seen.splitlines() if line.startswith("TASK-AM-005"))
    assert "Add user dashboard" in row
    assert "completed" in row
    assert "(alice" in row.lower()


def test_two_people_work_on_different_tasks_without_conflicts(someone, git):
    alice, bob = someone("alice", "AM", "Alice Martinez"), someone("bob", "BJ", "Bob Johnson")
    for person, task in ((alice, "TASK-AM-005"), (bob, "TASK-BJ-001")):
        person.types(f'cd project\norc new "Work of {task}"\norc run {task}\n')
        person.types(
            f"cd project\ngit add .orc/tasks/{task}/\ngit commit -qm '[orc] {task}: planned'\n"
            "git pull -q --rebase\ngit push\n"
        )
    alice.types("cd project\ngit pull -q\n")
    names = {path.name for path in (alice.project / ".orc" / "tasks").iterdir()}
    assert {"TASK-AM-005", "TASK-BJ-001"} <= names


def test_bob_has_alices_better_prompt_after_a_pull(someone):
    alice, bob = someone("alice", "AM", "Alice Martinez"), someone("bob", "BJ", "Bob Johnson")
    alice.types(
        "cd project\n"
        "mkdir .orc/shared/prompts\n"
        "vim .orc/shared/prompts/implement.md\n"
        "git add .orc/shared/prompts/implement.md\n"
        'git commit -m "Improve implement prompt with better test guidance"\n'
        "git push\n"
    )
    shown = bob.types("cd project\ngit pull -q\norc prompt show implement\n")
    assert shown.strip() == "Test the edges first."
    told = bob.types("cd project\norc prompt show implement --explain --json\n")
    used = [one for one in json.loads(told)["candidates"] if one["state"] == "used"]
    assert [one["source"] for one in used] == ["TeamShared"]


def test_two_people_run_one_task_each_on_a_branch_and_in_a_worktree(someone, git):
    alice, bob = someone("alice", "AM", "Alice Martinez"), someone("bob", "BJ", "Bob Johnson")
    alice.types(EXAMPLE_1)
    bob.types("cd project\ngit pull -q\norc run TASK-AM-005\n")
    for person, tag in ((alice, "am"), (bob, "bj")):
        worktree = person.project / ".orc" / "worktrees" / f"TASK-AM-005-{tag}"
        assert git(worktree, "branch", "--show-current") == f"orc/TASK-AM-005-{tag}"
    assert (
        "alice implement"
        in (alice.project / ".orc/worktrees/TASK-AM-005-am/TASK-AM-005.txt").read_text()
    )
    assert (
        "alice" not in (bob.project / ".orc/worktrees/TASK-AM-005-bj/TASK-AM-005.txt").read_text()
    )
    branches = git(bob.project, "ls-remote", "--heads", "origin", "orc/*").splitlines()
    assert [line.split("\t")[1] for line in branches] == [
        "refs/heads/orc/TASK-AM-005-am",
        "refs/heads/orc/TASK-AM-005-bj",
    ]


def test_bob_runs_what_alice_planned_and_never_committed(someone, git):
    alice, bob = someone("alice", "AM", "Alice Martinez"), someone("bob", "BJ", "Bob Johnson")
    alice.types('cd project\norc new "Add user dashboard"\n')
    assert "TASK-AM-005  planned" in bob.types("cd project\norc list --team\n")
    assert "TASK-AM-005: completed." in bob.types("cd project\norc run task-am-005\n")
    assert git(bob.project, "status", "--porcelain") == ""
    branch = "origin/orc/TASK-AM-005-bj"
    told = git(bob.project, "show", f"{branch}:.orc/tasks/TASK-AM-005/task.yaml")
    assert "Add user dashboard" in told
    bob.types("cd project\norc doctor\n")
    bob.types("cd project\norc run TASK-AM-006\n", 3)

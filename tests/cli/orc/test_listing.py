from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from peerplan_jupyter.cli.orc.app import run
from peerplan_jupyter.coordination.workspace import OrcWorkspace

from ...support.checkouts import untouched
from ...support.repositories import Git


@pytest.fixture
def colleague(team: Path, tmp_path, make_clone, git: Git) -> OrcWorkspace:
    """Somebody with a clone of the same project."""
    (remote,) = tmp_path.glob("*.git")
    git(tmp_path, "clone", "-q", str(remote), "colleague")
    names = {"ORC_HOME": str(tmp_path / "colleague-home"), "ORC_INITIALS": "BJ"}
    return OrcWorkspace.open(tmp_path / "colleague", {**names, "ORC_DISPLAY_NAME": "Bob Johnson"})


def begin(*args: str) -> None:
    assert run(["new", *args]) == 0


def out(capsys, *args: str) -> str:
    capsys.readouterr()
    assert run([*args]) == 0
    return capsys.readouterr().out


def test_the_tasks_here_are_in_columns(team, capsys):
    assert "No tasks yet" in out(capsys, "list")
    begin("Add authentication", "--weight", "large")
    begin("Fix login bug", "--weight", "small")
    with untouched(team):
        assert out(capsys, "list").splitlines() == [
            "TASK-AM-001  planned   large   -          Add authentication",
            "TASK-AM-002  planned   small   -          Fix login bug",
        ]


def test_the_teams_tasks_are_fetched_and_name_who_made_them(team, colleague, capsys):
    from peerplan_jupyter.coordination.making import Wanted, make_task

    begin("Add authentication", "--weight", "large")
    make_task(colleague, Wanted("Refactor API"))
    with untouched(team):
        said = out(capsys, "list", "--team").splitlines()
    assert said == [
        "Fetching remote branches...",
        "",
        "TASK-AM-001  planned   large   -          Add authentication    (ada)",
        "TASK-BJ-001  planned   medium  -          Refactor API          (Bob Johnson)",
    ]


def test_a_list_for_programs_says_all_of_each_task(team, colleague, capsys):
    begin("Add authentication", "--weight", "large")
    facts = json.loads(out(capsys, "list", "--team", "--json"))
    assert (facts["fetched"], facts["stale"], facts["unreadable"]) == (True, "", 0)
    (task,) = facts["tasks"]
    assert (task["id"], task["owner"], task["weight"]) == ("TASK-AM-001", "ada", "large")
    (local,) = json.loads(out(capsys, "list", "--json"))["tasks"]
    assert local["uid"] == task["uid"]


def test_a_remote_that_is_gone_and_what_cannot_be_read_are_said(team, git, capsys):
    begin("Add authentication")
    git(team, "branch", "orc/TASK-AM-009-am")
    git(team, "remote", "set-url", "origin", str(team.parent / "gone.git"))
    capsys.readouterr()
    assert run(["list", "--team"]) == 0
    said = capsys.readouterr()
    assert "TASK-AM-009  ?         -       -          ? unreadable: no task.yaml" in said.out
    assert "may be old" in said.err
    assert "1 of 2 cannot be read" in said.err


def test_a_task_is_shown_by_any_spelling_of_its_id(team, capsys):
    begin("Add authentication")
    said = out(capsys, "show", "task-am-001")
    assert "TASK-AM-001  Add authentication" in said
    assert "implement, test, review" in said
    facts = json.loads(out(capsys, "show", "TASK-AM-001", "--json"))
    assert (facts["status"], facts["owner"], facts["phases"]) == (
        "planned", "ada", ["implement", "test", "review"],
    )  # fmt: skip


def test_a_task_is_listed_with_who_made_it_though_another_has_their_prefix_now(
    team, capsys, monkeypatch
):
    monkeypatch.setenv("ORC_DISPLAY_NAME", "Ada Moreau")
    begin("By the first")
    left = "former_members:\n- {initials: AM, name: Ada Moreau, left: '2026-05-31'}\n"
    (team / ".orc/shared/team.yaml").write_text(left + "members:\n- {initials: AM, name: Anton}\n")
    monkeypatch.setenv("ORC_DISPLAY_NAME", "Anton")
    begin("By the second")
    lines = out(capsys, "list", "--team", "--no-fetch").splitlines()
    assert [line.rpartition("(")[2] for line in lines] == ["ada)", "anton)"]


def test_what_was_run_here_and_never_pulled_is_listed_by_its_branch(team, colleague, capsys, git):
    from peerplan_jupyter.coordination.making import Wanted, make_task

    make_task(colleague, Wanted("Refactor API"))
    out(capsys, "list", "--team")
    assert "No tasks yet" in out(capsys, "list")
    assert run(["run", "TASK-BJ-001", "--command", "exit 3"]) == 1
    row = "TASK-BJ-001  failed    medium  implement  Refactor API"
    assert out(capsys, "list").splitlines() == [row]
    git(team, "worktree", "remove", "--force", ".orc/worktrees/TASK-BJ-001-am")
    git(team, "branch", "-q", "-D", "orc/TASK-BJ-001-am")
    assert "No tasks yet" in out(capsys, "list")
    assert row in out(capsys, "list", "--team")


@pytest.mark.parametrize("columns", [60, 100])
def test_who_runs_a_task_is_shown_whole_however_narrow_the_terminal(
    apart, capsys, monkeypatch, columns
):
    begin("Greet")
    assert run(["run", "TASK-AM-001", "--command", "exit 3"]) == 1
    monkeypatch.setattr("peerplan_jupyter.cli.output.PIPED_WIDTH", columns)
    said = out(capsys, "show", "TASK-AM-001")
    assert max(map(len, said.splitlines())) <= columns
    assert "orc/TASK-AM-001-am" in said
    lines = [line.split() for line in said.splitlines()]
    assert (["Phase", "implement"] in lines) == (columns == 60)


def test_a_task_that_nobody_knows_is_an_error(team, capsys):
    assert run(["show", "TASK-AM-404"]) == 3
    assert "There is no task TASK-AM-404" in capsys.readouterr().err
    assert run(["show", "nonsense"]) == 2


def test_outside_of_a_repository_a_list_is_an_error(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["list"]) == 3
    assert "is not in a git repository" in capsys.readouterr().err


def test_who_watches_is_told_what_changes(team, colleague):
    from peerplan_jupyter.coordination.making import Wanted, make_task

    command = [sys.executable, "-m", "peerplan_jupyter.cli.orc", "watch", "--once", "--json"]
    with subprocess.Popen(command, cwd=team, stdout=subprocess.PIPE, text=True) as watching:
        try:
            number = 0
            while watching.poll() is None and number < 20:
                number += 1
                make_task(colleague, Wanted(f"Refactor {number}"))
                try:
                    watching.wait(3)
                except subprocess.TimeoutExpired:
                    continue
            said, _ = watching.communicate(timeout=30)
        finally:
            watching.kill()
    first = json.loads(said.splitlines()[0])
    assert (first["change"], first["task"]["id"][:7]) == ("new", "TASK-BJ")


def test_who_has_a_lease_is_shown_beside_the_task_here_and_at_the_remote(team, colleague, capsys):
    from peerplan_jupyter.coordination.locks.file_lock import FileLock
    from peerplan_jupyter.coordination.locks.git_lease import GitLease
    from peerplan_jupyter.coordination.locks.remote_lease import holder_of
    from peerplan_jupyter.git.remote import find_remote

    begin("Add authentication")
    here = FileLock(team / ".git/orc/lease/TASK-AM-001", "ada@laptop")
    assert here.try_acquire()
    assert "[leased by ada@laptop]" in out(capsys, "list")
    repository = colleague.project.repository
    remote = find_remote(repository, "origin")
    there = GitLease(repository, remote, "TASK-AM-001", holder_of(colleague.person, repository))
    assert there.acquire().lease
    with untouched(team):
        told = json.loads(out(capsys, "list", "--team", "--json"))["tasks"]
        known = json.loads(out(capsys, "status", "--json"))["leases"]
    assert [(one["where"], one["state"]) for one in known] == [("here", "held"), ("remote", "held")]
    assert "Bob Johnson" in known[1]["told"]
    assert [one.split("-")[0] for one in told[0]["leased_by"]] == [
        "ada@laptop",
        f"Bob Johnson on {colleague.person.host}".split("-")[0],
    ]
    there.release()
    here.release()
    assert json.loads(out(capsys, "list", "--team", "--json"))["tasks"][0]["leased_by"] == []


def test_who_watches_a_remote_that_is_gone_is_told_at_once_and_ctrl_c_ends_it(team, git):
    git(team, "remote", "set-url", "origin", str(team.parent / "gone.git"))
    command = [sys.executable, "-m", "peerplan_jupyter.cli.orc", "watch"]
    watching = subprocess.Popen(command, cwd=team, stderr=subprocess.PIPE, text=True)
    assert watching.stderr is not None
    assert watching.stderr.readline().startswith("Watching the team's tasks.")
    assert "could not be reached" in watching.stderr.readline()
    watching.send_signal(signal.SIGINT)
    _, rest = watching.communicate(timeout=30)
    assert (watching.returncode, "Traceback" in rest) == (130, False)

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.visibility.row import unnamed
from peerplan_jupyter.coordination.visibility.tasks import (
    duplicates,
    known_team_tasks,
    local_tasks,
)
from peerplan_jupyter.coordination.yamlfile import dump_yaml

from ...support.checkouts import untouched

UIDS = [f"01{letter * 24}" for letter in "ABCDEFGH"]


def local(member, **options):
    return local_tasks(member.workspace.project, **options)


def team(member, **options):
    return known_team_tasks(member.workspace.project, **options)


def told(tasks) -> list[tuple[str, ...]]:
    return [(row.id, row.status, row.weight, row.phase, row.title) for row in tasks.rows]


def commit_task(git, member, branch: str, task, text: str | None = None, **executions) -> None:
    """Commit a task's folder on a new branch made from main, and come back."""
    git(member.root, "stash", "-q", "--include-untracked")
    git(member.root, "checkout", "-q", "-B", branch, "main")
    folder = member.root / ".orc/tasks" / task.id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "task.yaml").write_text(text or dump_yaml(task.to_facts()))
    for tag, execution in executions.items():
        (folder / "executions").mkdir(exist_ok=True)
        (folder / "executions" / f"{tag}.yaml").write_text(dump_yaml(execution.to_facts()))
    git(member.root, "add", "-f", ".orc/tasks")
    git(member.root, "commit", "-q", "-m", branch)
    git(member.root, "checkout", "-q", "main")
    git(member.root, "stash", "pop", "-q", check=False)


def branch(task: str, tag: str, files: dict[str, str]) -> list[str]:
    """What makes a branch from main with these files of a task, for git-fast-import."""
    begin = f"commit refs/heads/orc/{task}-{tag}\ncommitter A <a@b> 0 +0000\ndata 1\nx\n"
    made = [
        f"M 100644 inline .orc/tasks/{task}/{path}\ndata {len(text)}\n{text}\n"
        for path, text in files.items()
    ]
    return [begin, "from refs/heads/main\n", *made]


def test_the_tasks_here_are_listed_in_the_order_of_their_numbers(make_member):
    alice = make_member("AM")
    alice.plans("TASK-AM-1000", "The last")
    alice.plans("TASK-AM-002", "Fix login bug", weight="small")
    alice.plans("TASK-AM-001", "Add authentication", weight="large")
    alice.runs("TASK-AM-001")
    assert told(local(alice)) == [
        ("TASK-AM-001", "running", "large", "implement", "Add authentication"),
        ("TASK-AM-002", "planned", "small", "", "Fix login bug"),
        ("TASK-AM-1000", "planned", "medium", "", "The last"),
    ]


def test_a_list_says_what_changed_since_the_last_one(make_member, git):
    alice = make_member("AM")
    task = alice.plans("TASK-AM-001", "First")
    assert told(local(alice))[0][4] == "First"
    path = alice.root / ".orc/tasks/TASK-AM-001/task.yaml"
    path.write_text(path.read_text().replace("First", "Second title"))
    assert told(local(alice))[0][4] == "Second title"
    alice.runs("TASK-AM-001", "failed", "test")
    assert told(local(alice))[0][1:4] == ("failed", "medium", "test")
    alice.writer.record("TASK-AM-001", "assigned", changes={"assignee": "bob"})
    (row,) = local(alice, facts=True).rows
    assert row.to_wire(unnamed)["assignee"] == "bob"
    executions = alice.root / ".orc/tasks/TASK-AM-001/executions"
    executions.mkdir()
    newer = {"task": task.id, "tag": "cc", "status": "completed", "lamport": "99"}
    (executions / "cc.yaml").write_text(dump_yaml(newer))
    assert len(local(alice, facts=True).rows[0].to_wire(unnamed)["executors"]) == 2
    git(alice.root, "update-ref", "-d", alice.writer.ref)
    assert told(local(alice))[0][1] == "completed"
    path.unlink()
    assert not local(alice).rows[0].is_readable


def test_an_edit_of_the_same_length_and_an_execution_put_in_place_again_are_seen(make_member):
    alice = make_member("AM")
    alice.plans("TASK-AM-001", "First")
    path = alice.root / ".orc/tasks/TASK-AM-001/task.yaml"
    executions = path.parent / "executions"
    executions.mkdir()
    for title, status in (("Other", "running"), ("Third", "failed"), ("Forth", "completed")):
        local(alice)
        path.write_text(path.read_text().replace(told(local(alice))[0][4], title))
        mine = executions / ".am.yaml"
        mine.write_text(dump_yaml({"task": "TASK-AM-001", "tag": "am", "status": status}))
        mine.replace(executions / "am.yaml")
        assert told(local(alice)) == [("TASK-AM-001", status, "medium", "", title)]


def test_what_is_no_task_beside_them_and_names_in_no_known_letters_are_passed_over(
    make_member, git
):
    alice = make_member("AM")
    alice.plans("TASK-AM-001", "Übersetzen")
    tasks = alice.root / ".orc/tasks"
    (tasks / "notes").mkdir()
    (tasks / os.fsdecode(b"caf\xe9")).write_text("x")
    (tasks / ".TASK-AM-002.begun").mkdir()
    git(alice.root, "update-ref", b"refs/heads/orc/caf\xe9", "HEAD")
    for _ in range(2):
        assert [row.title for row in local(alice).rows] == ["Übersetzen"]
        assert team(alice).skipped == ("orc/caf\\xe9",)


def test_a_warm_list_has_the_facts_of_a_cold_one(make_member):
    alice = make_member("AM")
    for number in (3, 1, 2):
        alice.plans(f"TASK-AM-{number:03d}", f"Title {number}")
    alice.runs("TASK-AM-002")
    cold, warm = local(alice, facts=True), local(alice, facts=True)
    assert warm == cold
    assert [row.to_wire(unnamed)["title"] for row in warm.rows] == ["Title 1", "Title 2", "Title 3"]
    assert [row._replace(facts="") for row in warm.rows] == local(alice).rows


@pytest.mark.parametrize("listed", ["local_tasks", "known_team_tasks"])
def test_a_list_needs_neither_yaml_nor_pydantic_while_the_tasks_do_not_change(
    make_member, git, listed
):
    alice = make_member("AM")
    task = alice.plans("TASK-AM-001")
    commit_task(git, alice, "orc/TASK-AM-001-am", task)
    local(alice)
    team(alice)
    work = ("orc/TASK-AM-001-am^{tree}", "-p", "orc/TASK-AM-001-am", "-m", "Work on it")
    git(
        alice.root,
        "update-ref",
        "refs/heads/orc/TASK-AM-001-am",
        git(alice.root, "commit-tree", *work),
    )
    asked = (
        "import sys, pathlib\n"
        "from peerplan_jupyter.coordination.project import Project\n"
        f"from peerplan_jupyter.coordination.visibility.tasks import {listed}\n"
        f"rows = {listed}(Project.find(pathlib.Path({str(alice.root)!r}))).rows\n"
        "slow = {'yaml', 'pydantic', 'git', 'typer', 'rich', 'filelock'} & set(sys.modules)\n"
        "print(len(rows), *slow)\n"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]


def test_a_planned_task_of_a_colleague_is_there_once_its_state_is_fetched(
    make_member, make_remote, git
):
    remote = make_remote()
    alice, bob = make_member("AM", remote), make_member("BJ", remote)
    alice.plans("TASK-AM-005", "Add user dashboard")
    alice.writer.publish()
    assert told(team(bob)) == []
    git(bob.root, "fetch", "-q")
    (row,) = team(bob).rows
    assert (row.id, row.status, row.owner(unnamed)) == ("TASK-AM-005", "planned", "Alice")
    assert row.owner({"AM": "alice"}.get) == "alice"
    assert told(local(bob)) == []


def test_a_task_on_the_default_branch_is_there_without_any_state(make_member, make_remote, git):
    remote = make_remote()
    alice, bob = make_member("AM", remote), make_member("BJ", remote)
    commit_task(git, alice, "planned", alice.task("TASK-AM-001", "Committed by hand"))
    git(alice.root, "push", "-q", "origin", "planned:main")
    git(bob.root, "fetch", "-q")
    assert told(team(bob))[0][4] == "Committed by hand"
    git(bob.root, "remote", "set-head", "origin", "main")
    assert told(team(bob))[0][4] == "Committed by hand"


def test_a_default_branch_of_any_name_is_found_where_it_is_known(make_member, make_remote, git):
    alice = make_member("AM", make_remote())
    commit_task(git, alice, "trunk", alice.task("TASK-AM-001", "On the trunk"))
    git(alice.root, "push", "-q", "origin", "trunk")
    assert told(team(alice)) == []
    assert told(team(alice, default_branch="trunk"))[0][4] == "On the trunk"
    git(alice.root, "remote", "set-head", "origin", "trunk")
    assert told(team(alice))[0][4] == "On the trunk"


def test_two_executors_of_a_task_are_one_row_that_names_both(make_member, make_remote, git):
    remote = make_remote()
    alice, bob = make_member("AM", remote), make_member("BJ", remote)
    task = alice.plans("TASK-AM-001", "Refactor")
    commit_task(git, alice, "orc/TASK-AM-001-am", task, am=alice.runs("TASK-AM-001"))
    git(alice.root, "push", "-q", "origin", "orc/TASK-AM-001-am")
    alice.writer.publish()
    git(bob.root, "fetch", "-q")
    commit_task(git, bob, "orc/TASK-AM-001-bj", task, bj=bob.runs("TASK-AM-001", "waiting"))
    (row,) = team(bob, facts=True).rows
    assert (row.status, row.runners(unnamed)) == ("running", ["Alice", "Bob"])
    assert row.runners(lambda prefix, _: {"AM": "alice", "BJ": "bob"}[prefix]) == ["alice", "bob"]
    executors = row.to_wire(unnamed)["executors"]
    assert [(one["tag"], one["status"]) for one in executors] == [
        ("am", "running"),
        ("bj", "waiting"),
    ]


def test_what_only_a_branch_says_is_shown(make_member, git):
    alice = make_member("AM")
    task = alice.task("TASK-BJ-007", "Only there")
    commit_task(git, alice, "orc/TASK-BJ-007-bj", task)
    assert told(team(alice)) == [("TASK-BJ-007", "planned", "medium", "", "Only there")]


def test_many_branches_of_all_kinds_come_to_what_each_says(make_member, git):
    alice = make_member("AM")
    kinds = ("plain", "run", "empty", "copied", "broken")
    stream = ["commit refs/heads/main\ncommitter A <a@b> 0 +0000\ndata 1\nx\n"]
    expected = []
    for number in range(1, 301):
        kind, name = "large" if number == 77 else kinds[number % 5], f"TASK-AM-{number:03d}"
        task = alice.task(name, f"Title {number}", uid=f"{number:026d}")
        text = {"large": "x" * 1_000_001, "broken": "title: ["}.get(kind)
        files = {"plan.yaml": "phases: []", "task.yaml": text or dump_yaml(task.to_facts())}
        if kind == "run":
            files["executions/am.yaml"] = dump_yaml({"task": name, "tag": "am"})
        stream += branch(name, "am", {} if kind == "empty" else files)
        if kind == "copied":
            stream += branch(name, "bj", files)
        readable = kind in {"plain", "run", "copied"}
        status = "running" if kind == "run" else "planned" if readable else "unreadable"
        expected.append((name, status, task.title if readable else ""))
    git(alice.root, "fast-import", "--quiet", "--force", given="".join(stream))
    for _ in range(2):
        assert [(row.id, row.status, row.title) for row in team(alice).rows] == expected
    reasons = {row.fault.partition(": ")[2][:23] for row in team(alice).rows if row.fault}
    assert reasons == {"", "task.yaml is too large", "task.yaml cannot be use"}


def test_what_cannot_be_read_is_a_row_with_the_reason_and_counted(make_member, git):
    alice = make_member("AM")
    good = alice.plans("TASK-AM-009", "Good")
    broken = alice.task("TASK-AM-001")
    commit_task(git, alice, "orc/TASK-AM-001-am", broken, "title: [unclosed")
    git(alice.root, "branch", "orc/TASK-AM-002-am", "main")
    control = dump_yaml({"id": "TASK-AM-003", "uid": UIDS[0], "title": "x"})
    commit_task(
        git,
        alice,
        "orc/TASK-AM-003-am",
        alice.task("TASK-AM-003"),
        control.replace("title: x", 'title: "\\e[2J"'),
    )
    tasks = team(alice)
    assert [row.is_readable for row in tasks.rows] == [False, False, False, True]
    assert tasks.unreadable == 3
    reasons = [row.fault for row in tasks.rows]
    assert "orc/TASK-AM-001-am: task.yaml cannot be used" in reasons[0]
    assert "no task.yaml in orc/TASK-AM-002-am" in reasons[1]
    assert "without control characters" in reasons[2]
    assert "\x1b" not in "".join(reasons)
    assert tasks.rows[3].uid == good.uid


def test_branches_that_are_not_named_as_a_tasks_are_told(make_member, git):
    alice = make_member("AM")
    for name in ("orc/TASK-AM-001-am", "orc/experiment", "orc/TASK-AM-1", "other/TASK-AM-002"):
        git(alice.root, "branch", name)
    tasks = team(alice)
    assert [row.id for row in tasks.rows] == ["TASK-AM-001"]
    assert sorted(tasks.skipped) == ["orc/TASK-AM-1", "orc/experiment"]


def test_two_tasks_of_one_id_are_two_rows(make_member, make_remote, git):
    remote = make_remote()
    laptop, desktop = make_member("AM", remote, "laptop"), make_member("AM", remote, "desktop")
    laptop.plans("TASK-AM-001", "First", uid=UIDS[0])
    desktop.plans("TASK-AM-001", "Second", uid=UIDS[1])
    laptop.writer.publish()
    git(desktop.root, "fetch", "-q")
    rows = team(desktop).rows
    assert [(row.id, row.title) for row in rows] == [
        ("TASK-AM-001", "First"), ("TASK-AM-001", "Second"),
    ]  # fmt: skip
    (found,) = duplicates(rows)
    assert [row.uid for row in found.rows] == UIDS[:2]
    assert [row.title for row in team(desktop).rows] == ["First", "Second"]


def test_a_task_that_was_given_another_id_leaves_the_old_one_in_a_warm_list_too(make_member):
    alice = make_member("AM")
    alice.plans("TASK-AM-001", "Stays", uid=UIDS[0])
    moved = alice.task("TASK-AM-001", "Moves", uid=UIDS[1])
    alice.writer.record("TASK-AM-001", "planned", definition=moved)
    assert [row.title for row in team(alice).rows] == ["Stays", "Moves"]
    renamed = alice.task("TASK-AM-002", "Moves", uid=UIDS[1], aliases=["TASK-AM-001"])
    alice.writer.record("TASK-AM-002", "renumbered", definition=renamed)
    for _ in range(2):
        assert [(row.id, row.title) for row in team(alice).rows] == [
            ("TASK-AM-001", "Stays"), ("TASK-AM-002", "Moves"),
        ]  # fmt: skip


@pytest.mark.parametrize("damage", [b"nonsense" * 1000, b"", b"SQLite format 3\0" + b"\0" * 4000])
def test_a_cache_that_is_broken_or_gone_is_made_anew(make_member, damage):
    alice = make_member("AM")
    (alice.root / ".orc").mkdir()
    (alice.root / ".orc/.gitignore").write_text("orc.db\n")
    alice.plans("TASK-AM-001")
    for _ in range(2):
        assert len(local(alice).rows) == 1
    cache = alice.workspace.project.database
    cache.write_bytes(damage)
    assert len(local(alice).rows) == 1
    assert len(local(alice).rows) == 1
    cache.unlink()
    assert len(local(alice).rows) == 1


def test_a_cache_that_breaks_in_the_middle_is_made_anew(make_member):
    alice = make_member("AM")
    alice.plans("TASK-AM-001")
    local(alice)
    cache = alice.workspace.project.state / "orc.db"
    with sqlite3.connect(cache) as connection:
        connection.execute("DROP TABLE lists")
    assert len(local(alice).rows) == 1
    assert len(local(alice).rows) == 1


def test_a_project_that_cannot_be_written_is_listed_all_the_same(make_member):
    alice = make_member("AM")
    alice.plans("TASK-AM-001")
    state = alice.workspace.project.state
    (state / "orc.db").mkdir()
    assert len(local(alice).rows) == 1


def test_looking_changes_nothing_of_the_checkout(make_member, git):
    alice = make_member("AM")
    alice.plans("TASK-AM-001")
    git(alice.root, "add", ".orc")
    git(alice.root, "commit", "-q", "-m", "Plan")
    with untouched(alice.root):
        local(alice)
        team(alice)


def test_a_team_list_takes_at_most_three_processes(
    make_member, make_remote, git, tmp_path, monkeypatch
):
    remote = make_remote()
    alice = make_member("AM", remote)
    for number in range(1, 6):
        task = alice.plans(f"TASK-AM-{number:03d}")
        commit_task(git, alice, f"orc/TASK-AM-{number:03d}-am", task)
    alice.writer.publish()
    trace = tmp_path / "trace"
    trace.mkdir()
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))
    project = Project.find(Path(alice.root))
    cold = known_team_tasks(project)
    assert len(cold.rows) == 5
    assert len(list(trace.iterdir())) <= 3
    known_team_tasks(project)
    assert len(list(trace.iterdir())) <= 4


def test_a_repository_without_commits_or_tasks_has_none(tmp_path, git):
    git(tmp_path, "init", "-q", "empty")
    project = Project.find(tmp_path / "empty")
    assert local_tasks(project).rows == []
    assert known_team_tasks(project).rows == []
    assert not project.orc.exists()

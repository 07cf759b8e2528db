from __future__ import annotations

import shutil

import pytest

from peerplan_jupyter.coordination.care.doctor import examine
from peerplan_jupyter.coordination.ids.renumber import (
    moved_elsewhere,
    renumber,
    younger_duplicates,
)
from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.state.reader import StateReader
from peerplan_jupyter.coordination.visibility.tasks import known_team_tasks, team_tasks
from peerplan_jupyter.errors import StaleError

from ...support.checkouts import untouched

OLDER, YOUNGER = "01" + "A" * 24, "01" + "B" * 24


@pytest.fixture
def two_clones(make_member, make_remote, git):
    """One person made a task on each of two machines without a connection, then both were sent."""
    remote = make_remote()
    laptop, desktop = make_member("AM", remote, "laptop"), make_member("AM", remote, "desktop")
    laptop.plans("TASK-AM-001", "On the laptop", uid=OLDER)
    desktop.plans("TASK-AM-001", "On the desktop", uid=YOUNGER)
    desktop.runs("TASK-AM-001", "completed")
    for member in (laptop, desktop):
        assert member.writer.publish().pushed
        git(member.root, "fetch", "-q")
    git(laptop.root, "fetch", "-q")
    return laptop, desktop


def listed(member) -> list[tuple[str, str, str]]:
    rows = known_team_tasks(member.workspace.project).rows
    return [(row.id, row.title, row.status) for row in rows]


def test_two_tasks_that_were_given_one_id_offline_are_found_on_both_machines(two_clones):
    laptop, desktop = two_clones
    (seen,) = younger_duplicates(laptop.workspace)
    (own,) = younger_duplicates(desktop.workspace)
    assert (seen.id, seen.uid, seen.is_ours) == ("TASK-AM-001", YOUNGER, False)
    assert (own.id, own.uid, own.is_ours) == ("TASK-AM-001", YOUNGER, True)
    with pytest.raises(StaleError, match="was not made here"):
        renumber(laptop.workspace, seen)


def test_the_younger_gets_another_id_and_keeps_all_else(two_clones, git):
    laptop, desktop = two_clones
    (own,) = younger_duplicates(desktop.workspace)
    with untouched(desktop.root, ".orc"):
        new = renumber(desktop.workspace, own)
    assert new == "TASK-AM-002"
    expected = [
        ("TASK-AM-001", "On the laptop", "planned"),
        ("TASK-AM-002", "On the desktop", "completed"),
    ]
    assert listed(desktop) == expected
    assert younger_duplicates(desktop.workspace) == []
    assert desktop.writer.publish().pushed
    rows = team_tasks(laptop.workspace.project).rows
    assert [(row.id, row.title, row.status) for row in rows] == expected
    state = StateReader(laptop.workspace.project).task(TaskId.parse(new))
    assert (state.task.uid, state.task.aliases) == (YOUNGER, ("TASK-AM-001",))
    assert [one.task for one in state.executions] == ["TASK-AM-002"]
    folders = sorted(one.name for one in (desktop.root / ".orc/tasks").iterdir())
    assert folders == ["TASK-AM-002"]
    assert desktop.workspace.tasks.read(TaskId.parse(new)).title == "On the desktop"
    log = git(desktop.root, "log", "-1", "--format=%s", desktop.writer.branch)
    assert log == "[orc] TASK-AM-002: renumbered, was TASK-AM-001"


def test_what_was_broken_off_is_ended_by_the_next(two_clones):
    _, desktop = two_clones
    (own,) = younger_duplicates(desktop.workspace)
    tasks, aside = desktop.root / ".orc/tasks", desktop.root / "aside"
    shutil.copytree(tasks / "TASK-AM-001", aside)
    new = renumber(desktop.workspace, own)
    aside.rename(tasks / "TASK-AM-001")
    (tasks / "TASK-AM-001/transcripts").mkdir()
    (tasks / "TASK-AM-001/transcripts/a.log").write_text("said\n")
    assert moved_elsewhere(desktop.workspace) == {"TASK-AM-001": new}
    (found,) = [one for one in examine(desktop.workspace) if one.name == "ids"]
    assert found.mend is not None
    assert found.mend() == f".orc/tasks/TASK-AM-001 is .orc/tasks/{new} now."
    assert [one.name for one in tasks.iterdir()] == [new]
    assert (tasks / new / "transcripts/a.log").read_text() == "said\n"
    assert desktop.workspace.tasks.read(TaskId.parse(new)).title == "On the desktop"
    assert moved_elsewhere(desktop.workspace) == {}


def test_a_copy_elsewhere_of_what_was_given_another_id_is_named_with_that_id(
    two_clones, git, make_member
):
    from peerplan_jupyter.coordination.care.doctor import examine

    laptop, desktop = two_clones
    copy = laptop.root / ".orc/tasks/TASK-AM-001"
    mine = (desktop.root / ".orc/tasks/TASK-AM-001/task.yaml").read_bytes()
    (copy / "task.yaml").write_bytes(mine)
    assert moved_elsewhere(laptop.workspace) == {}
    renumber(desktop.workspace, *younger_duplicates(desktop.workspace))
    assert desktop.writer.publish().pushed
    team_tasks(laptop.workspace.project)
    assert moved_elsewhere(laptop.workspace) == {"TASK-AM-001": "TASK-AM-002"}
    assert moved_elsewhere(desktop.workspace) == {}
    [found] = [one for one in examine(laptop.workspace) if one.name == "ids"]
    assert "TASK-AM-001 is TASK-AM-002 now" in found.found
    assert "git pull" in found.advice


def test_two_clones_of_one_machine_part_their_tasks_as_well(make_member, make_remote, git):
    remote = make_remote()
    one = make_member("AM", remote, at="laptop", clone="one")
    two = make_member("AM", remote, at="laptop", clone="two")
    one.plans("TASK-AM-001", "In one", uid=OLDER)
    two.plans("TASK-AM-001", "In two", uid=YOUNGER)
    assert one.writer.publish().pushed
    assert two.writer.publish().pushed
    (found,) = younger_duplicates(two.workspace)
    renumber(two.workspace, found)
    assert two.writer.publish().pushed
    rows = team_tasks(one.workspace.project).rows
    assert [(row.id, row.title) for row in rows] == [
        ("TASK-AM-001", "In one"), ("TASK-AM-002", "In two"),
    ]  # fmt: skip


def test_a_task_that_only_the_checkout_has_moves_there(make_member, git):
    alice = make_member("AM")
    alice.writer.record(
        "TASK-AM-001", "planned", definition=alice.task("TASK-AM-001", "Recorded", uid=OLDER)
    )
    alice.workspace.tasks.create(
        alice.task("TASK-AM-001", "By hand", uid=YOUNGER),
        alice.workspace.tasks.plan(TaskId("AM", 9)),
    )
    (found,) = younger_duplicates(alice.workspace)
    assert found.is_ours
    assert renumber(alice.workspace, found) == "TASK-AM-002"
    assert listed(alice) == [
        ("TASK-AM-001", "Recorded", "planned"), ("TASK-AM-002", "By hand", "planned"),
    ]  # fmt: skip


def test_a_task_that_is_being_run_keeps_its_id_until_then(two_clones):
    from peerplan_jupyter.coordination.locks.guard import RunGuard

    _, desktop = two_clones
    (own,) = younger_duplicates(desktop.workspace)
    runs = desktop.workspace.project.state / "run"
    with RunGuard(runs, "TASK-AM-001", "am"), pytest.raises(StaleError, match="is being run"):
        renumber(desktop.workspace, own)

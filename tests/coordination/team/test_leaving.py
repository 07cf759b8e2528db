from __future__ import annotations

import shutil

import pytest

from peerplan_jupyter.coordination.making import Wanted, make_task
from peerplan_jupyter.coordination.tasks.execution import Execution
from peerplan_jupyter.coordination.team.files import read_team
from peerplan_jupyter.coordination.team.leaving import leave
from peerplan_jupyter.errors import InvalidInputError, NotFoundError

from ...support.checkouts import untouched

TEAM = """# The team
members:
  - initials: BJ   # Bob
    name: Bob Johnson
  - initials: CC
reserved_prefixes: [DD]
"""


@pytest.fixture
def workspace(make_project, opened):
    root = make_project(
        shared__config="task_id: {mode: p2p}\ngit: {auto_publish: false}",
        shared__team=TEAM,
        shared__members__AM="initials: AM\nname: Alice Martinez\nemail: alice@company.com\n",
    )
    return opened(root, ORC_INITIALS="AM")


def test_who_left_is_a_former_member_with_the_day_and_the_prefix_stays_taken(workspace):
    with untouched(workspace.project.root, ".orc"):
        done = leave(workspace, "am")
    team = read_team(workspace.project)
    [former] = team.former
    assert (former.initials, former.name) == ("AM", "Alice Martinez")
    assert len(former.left) == len("2026-05-31")
    assert "AM" in team.taken
    assert team.member("AM") is None
    assert team.owner_name("AM") == "alice"
    assert {path.name for path in done.paths} == {"team.yaml", "AM.yaml"}
    assert (workspace.project.shared / "team.yaml").read_text().startswith(TEAM)


def test_who_stands_in_the_list_is_taken_from_it(workspace):
    leave(workspace, "BJ")
    text = (workspace.project.shared / "team.yaml").read_text()
    assert text.startswith("# The team\nmembers:\n  - initials: CC\n")
    assert read_team(workspace.project).owner_name("BJ") == "bob"


def test_unfinished_tasks_keep_somebody_from_leaving_unsaid(workspace):
    task = make_task(workspace, Wanted("Something")).task
    with pytest.raises(InvalidInputError, match=task.id) as refused:
        leave(workspace, "AM")
    assert "--reassign" in refused.value.hint
    assert read_team(workspace.project).member("AM")
    done = leave(workspace, "AM", anyway=True)
    assert done.unfinished == (task.id,)


def test_unfinished_tasks_are_given_to_a_member_and_keep_their_ids(workspace):
    task = make_task(workspace, Wanted("Something")).task
    done = leave(workspace, "AM", reassign="bj")
    assert done.reassigned == (task.id,)
    said = workspace.project.runner.run(
        "for-each-ref", "--format=%(contents:subject)", "refs/heads/orc-state"
    ).text
    assert f"[orc] {task.id}: assigned to BJ" in said


def test_what_was_given_to_another_since_keeps_nobody(workspace):
    make_task(workspace, Wanted("Something"))
    leave(workspace, "AM", reassign="BJ")
    with pytest.raises(InvalidInputError, match="BJ has not finished TASK-AM-001"):
        leave(workspace, "BJ")
    assert leave(workspace, "BJ", reassign="CC").reassigned == ("TASK-AM-001",)
    assert leave(workspace, "CC", anyway=True).unfinished == ("TASK-AM-001",)


def test_tasks_of_others_and_finished_ones_keep_nobody(workspace):
    make_task(workspace, Wanted("Theirs", assignee="BJ"))
    task = make_task(workspace, Wanted("Done")).task
    folder = workspace.project.tasks / task.id / "executions"
    folder.mkdir()
    (folder / "am.yaml").write_text(
        f"task: {task.id}\ntag: am\nmachine: 0a1b2c3d\nexecutor: Alice\nstatus: completed\n"
        "branch: orc/x\n"
    )
    assert leave(workspace, "AM").unfinished == ()


def test_tasks_that_only_the_remote_knows_of_and_those_at_work_on_count(
    make_remote, make_clone, opened, git, tmp_path
):
    remote = make_remote()
    bob = make_clone(remote, "bob")
    (bob / ".orc/shared").mkdir(parents=True)
    (bob / ".orc/shared/config.yaml").write_text("task_id: {mode: p2p}\n")
    (bob / ".orc/shared/team.yaml").write_text(TEAM)
    git(bob, "add", ".orc")
    git(bob, "commit", "-q", "-m", "Begin a team")
    git(bob, "push", "-q", "origin", "HEAD:main")
    git(tmp_path, "clone", "-q", "-b", "main", str(remote), "carol")
    there = opened(bob, tmp_path / "home-of-bob", ORC_INITIALS="BJ")
    made = [make_task(there, Wanted(title)).task for title in ("Given", "At work", "Free")]
    there.writer.record(made[0].id, "assigned to CC", changes={"assignee": "CC"})
    going = Execution(task=made[1].id, tag="cc", executor="Carol", status="waiting")
    there.writer.record(made[1].id, "running", execution=going)
    assert there.writer.publish().pushed
    carol = opened(tmp_path / "carol", tmp_path / "home-of-carol", ORC_INITIALS="CC")
    with pytest.raises(InvalidInputError, match="CC has not finished TASK-BJ-001, TASK-BJ-002"):
        leave(carol, "CC")
    assert leave(carol, "CC", reassign="BJ").reassigned == ("TASK-BJ-001", "TASK-BJ-002")


def test_who_leaves_without_a_connection_is_told_that_there_may_be_more(
    make_remote, make_clone, opened
):
    ada = make_clone(make_remote(), "ada")
    (ada / ".orc/shared").mkdir(parents=True)
    (ada / ".orc/shared/team.yaml").write_text(TEAM)
    shutil.rmtree(ada.parent / "remote.git")
    done = leave(opened(ada, ORC_INITIALS="BJ"), "BJ")
    assert done.unfinished == ()
    assert "As known here" in done.note


def test_nobody_leaves_tasks_to_strangers_or_to_themselves(workspace):
    make_task(workspace, Wanted("Something"))
    with pytest.raises(NotFoundError, match="ZZ"):
        leave(workspace, "AM", reassign="ZZ")
    with pytest.raises(InvalidInputError, match="themselves"):
        leave(workspace, "AM", reassign="AM")
    assert read_team(workspace.project).member("AM")


def test_who_is_not_in_the_team_cannot_leave(workspace):
    with pytest.raises(NotFoundError, match="DD"):
        leave(workspace, "DD")

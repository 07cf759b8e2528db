from __future__ import annotations

import pytest
import yaml

from peerplan_jupyter.coordination.state.layout import tips
from peerplan_jupyter.coordination.state.writer import StateWriter
from peerplan_jupyter.errors import GitError, InvalidInputError
from peerplan_jupyter.git.fast_import import Write

from ...support.checkouts import untouched


def shown(git, member, path: str) -> dict:
    return yaml.safe_load(git(member.root, "show", f"{member.writer.branch}:.orc/tasks/{path}"))


def test_a_new_task_is_one_commit_on_a_branch_of_its_writer_that_says_so(make_member, git):
    alice = make_member("AM")
    task = alice.plans("TASK-AM-005", "Add user dashboard")
    branch = f"orc-state/am-{alice.workspace.person.machine}"
    assert (
        git(alice.root, "log", "--format=%s <%an>", branch) == "[orc] TASK-AM-005: planned <Alice>"
    )
    assert shown(git, alice, "TASK-AM-005/task.yaml")["uid"] == task.uid
    phases = [phase["name"] for phase in shown(git, alice, "TASK-AM-005/plan.yaml")["phases"]]
    assert phases == ["implement", "test", "review"]


def test_each_change_of_state_is_a_commit_that_says_what_happened(make_member, git):
    alice = make_member("AM")
    alice.plans("TASK-AM-005")
    alice.runs("TASK-AM-005")
    alice.runs("TASK-AM-005", "completed", "review")
    assert git(alice.root, "log", "--format=%s", alice.writer.branch).splitlines() == [
        "[orc] TASK-AM-005: completed review",
        "[orc] TASK-AM-005: running implement",
        "[orc] TASK-AM-005: planned",
    ]
    execution = shown(git, alice, "TASK-AM-005/executions/am.yaml")
    assert (execution["status"], execution["phase"]) == ("completed", "review")


def test_nothing_of_the_checkout_changes(make_member, make_remote, git):
    alice = make_member("AM", make_remote())
    (alice.root / "README.md").write_text("in the middle of something\n")
    git(alice.root, "stash")
    (alice.root / "README.md").write_text("and of something else\n")
    git(alice.root, "add", "README.md")
    task = alice.task("TASK-AM-001")
    with untouched(alice.root):
        alice.writer.record("TASK-AM-001", "planned", definition=task)
        alice.runs("TASK-AM-001")
        alice.writer.publish()


def test_the_clock_goes_on_from_all_that_the_writer_has_seen(make_member, make_remote, git):
    remote = make_remote()
    alice, bob = make_member("AM", remote), make_member("BJ", remote)
    clocks = [alice.writer.record("TASK-AM-001", "planned", changes={}).clock for _ in range(3)]
    assert clocks == [1, 2, 3]
    alice.writer.publish()
    git(bob.root, "fetch", "-q")
    execution = bob.runs("TASK-AM-001")
    assert execution.lamport == 4
    assert shown(git, bob, "TASK-AM-001/executions/bj.yaml")["lamport"] == 4


def test_a_clock_that_nobody_counted_up_to_is_not_gone_on_from(make_member, git):
    alice = make_member("AM")
    said = f"[orc] TASK-BJ-001: planned\n\nOrc-Lamport: {10**15 * 99}\n"
    forged = git(alice.root, "commit-tree", "-m", said, "HEAD^{tree}")
    git(alice.root, "update-ref", "refs/remotes/origin/orc-state/bj-0a0b0c0d", forged)
    assert alice.writer.record("TASK-AM-001", "planned").clock == 1


def test_fields_that_were_set_before_stay_set(make_member, git):
    alice = make_member("AM")
    alice.plans("TASK-AM-001")
    alice.writer.record("TASK-AM-001", "assigned to bob", changes={"assignee": "bob"})
    alice.writer.record("TASK-AM-001", "renamed", changes={"title": "Add two dashboards"})
    changes = shown(git, alice, "TASK-AM-001/changes.yaml")
    assert {name: one["value"] for name, one in changes.items()} == {
        "assignee": "bob", "title": "Add two dashboards",
    }  # fmt: skip
    assert changes["assignee"]["lamport"] < changes["title"]["lamport"]


def test_what_a_task_is_cannot_be_changed_but_only_what_may_be(make_member):
    alice = make_member("AM")
    with pytest.raises(InvalidInputError, match="uid"):
        alice.writer.record("TASK-AM-001", "forged", changes={"uid": "x", "title": "y"})
    assert tips(alice.workspace.project.runner) == []


def test_a_new_clone_on_the_same_machine_goes_on_where_the_old_one_was(
    make_member, make_remote, git
):
    remote = make_remote()
    old = make_member("AM", remote)
    old.plans("TASK-AM-001")
    old.writer.publish()
    new = make_member("AM", remote, clone="new-clone")
    git(new.root, "fetch", "-q")
    new.runs("TASK-AM-001")
    assert new.writer.ref == old.writer.ref
    assert new.writer.publish().retries == 0
    log = git(remote, "log", "--format=%s", new.writer.branch)
    assert log.splitlines() == [
        "[orc] TASK-AM-001: running implement",
        "[orc] TASK-AM-001: planned",
    ]


def test_two_machines_of_one_person_and_somebody_alone_have_a_branch_each(make_member, make_remote):
    remote = make_remote()
    names = {make_member("AM", remote, at=at).writer.branch for at in ("laptop", "desktop")}
    alone = make_member("AM", at="alone", mode="solo").writer
    assert len(names) == 2
    assert {name.partition("-")[2][:9] for name in names} == {"state/am-"}
    assert alone.branch.startswith("orc-state/solo-")


def test_a_branch_in_the_way_and_one_that_is_checked_out_are_left_alone(make_member, git):
    alice = make_member("AM")
    git(alice.root, "branch", "orc-state")
    with pytest.raises(InvalidInputError, match="orc-state is in the way"):
        alice.writer.record("TASK-AM-001", "planned")
    git(alice.root, "branch", "-D", "orc-state")
    alice.plans("TASK-AM-001")
    git(alice.root, "worktree", "add", "-q", "../beside", alice.writer.branch)
    with untouched(alice.root.parent / "beside"), pytest.raises(GitError, match="is checked out"):
        alice.runs("TASK-AM-001")


def test_a_shallow_clone_and_a_detached_head_can_record(make_member, make_clone, make_remote, git):
    remote = make_remote()
    alice = make_member("AM", remote)
    git(alice.root, "commit", "-q", "--allow-empty", "-m", "Go on")
    git(alice.root, "push", "-q", "origin", "HEAD:main")
    shallow = make_member("BJ", remote)
    git(shallow.root, "fetch", "-q", "--depth=1", "origin", "main")
    git(shallow.root, "checkout", "-q", "--detach", "FETCH_HEAD")
    shallow.plans("TASK-BJ-001")
    assert shallow.writer.publish().pushed
    assert git(remote, "log", "--format=%s", shallow.writer.branch) == "[orc] TASK-BJ-001: planned"


def test_a_change_is_recorded_the_same_on_what_git_packed_and_where_it_is_to_flush_files(
    make_member, git
):
    alice = make_member("AM")
    alice.plans("TASK-AM-001")
    git(alice.root, "gc", "--quiet", "--prune=now")
    alice.plans("TASK-AM-002")
    alice.plans("TASK-AM-003")
    git(alice.root, "config", "core.fsync", "loose-object")
    again = StateWriter(alice.workspace.project, alice.workspace.person)
    again.record("TASK-AM-004", "planned", definition=alice.task("TASK-AM-004"))
    names = git(alice.root, "ls-tree", "--name-only", f"{alice.writer.branch}:.orc/tasks")
    assert names.split() == [f"TASK-AM-{number:03d}" for number in range(1, 5)]
    assert git(alice.root, "rev-list", "--count", alice.writer.branch) == "4"
    assert git(alice.root, "fsck", "--strict", "--no-dangling") == ""


def test_changes_that_others_make_without_waiting_for_us_are_not_lost(make_member, git):
    alice = make_member("AM")
    alice.plans("TASK-AM-001")
    other = alice.writer.commit
    tip = git(alice.root, "rev-parse", alice.writer.branch)
    first = other([tip], [Write(".orc/tasks/TASK-AM-001/one", b"1")], "One")
    assert other([tip], [Write(".orc/tasks/TASK-AM-001/two", b"2")], "Two") is None
    assert git(alice.root, "rev-parse", alice.writer.branch) == first


def test_what_a_killed_git_left_is_not_in_the_way_of_the_next_change(make_member, git, monkeypatch):
    monkeypatch.setattr("peerplan_jupyter.coordination.dead_locks.DEAD", 0.1)
    alice = make_member("AM")
    alice.plans("TASK-AM-001")
    lock = alice.root / f".git/{alice.writer.ref}.lock"
    lock.touch()
    git(alice.root, "update-ref", "refs/orc/tmp/left", "HEAD")
    alice.runs("TASK-AM-001")
    assert git(alice.root, "log", "-1", "--format=%s", alice.writer.branch).endswith("implement")
    assert not lock.exists()
    assert git(alice.root, "for-each-ref", "refs/orc/tmp") == ""

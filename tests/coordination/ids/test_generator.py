from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.ids.generator import TaskIdGenerator
from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.errors import InvalidInputError, StorageError

from ...support.checkouts import untouched
from ...support.orc import OrcProcess


def minted(root: Path, prefix: str = "AM", mode: str = "p2p", **options) -> str:
    return TaskIdGenerator(mode, prefix, Project.find(root), **options).next()


def test_ids_have_the_prefix_and_count_up():
    """The specification's TestPrefixedTaskID."""
    generator = TaskIdGenerator("p2p", "AM")
    assert generator.next() == "TASK-AM-001"
    assert generator.next() == "TASK-AM-002"


def test_one_person_alone_has_ids_without_a_prefix(make_project):
    root = make_project()
    assert minted(root, mode="solo") == "TASK-001"
    assert minted(root, "AM", mode="solo") == "TASK-002"


def test_each_prefix_counts_for_itself_whatever_its_case(make_project):
    root = make_project()
    assert [minted(root, prefix) for prefix in ("AM", "BJ", "am")] == [
        "TASK-AM-001", "TASK-BJ-001", "TASK-am-002",
    ]  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "A", "A-M", "../x", "a" * 13])
def test_what_cannot_be_a_prefix_is_refused(prefix):
    with pytest.raises(InvalidInputError, match="prefix"):
        TaskIdGenerator("p2p", prefix)


def test_an_unknown_mode_is_an_error():
    with pytest.raises(InvalidInputError, match="unknown mode: cluster"):
        TaskIdGenerator("cluster", "AM")


def test_the_thousandth_id_is_wider(make_project):
    root = make_project(local__sequences="prefixes:\n  AM: 999\n")
    assert minted(root) == "TASK-AM-1000"
    assert TaskId.parse("TASK-AM-999") < TaskId.parse("TASK-AM-1000")


def test_the_last_numbers_can_be_read_and_raised_by_hand(make_project):
    root = make_project(local__sequences="prefixes:\n  AM: 15\n  'NO': 8\n")
    assert minted(root) == "TASK-AM-016"
    view = root / ".orc" / "local" / "sequences.yaml"
    assert view.read_text().splitlines() == ["prefixes:", "  AM: 16", "  'NO': 8"]
    view.write_text("prefixes: {AM: 40, BJ: 3}\n")
    assert minted(root) == "TASK-AM-041"
    view.write_text("<<<<<<< HEAD\n")
    assert minted(root) == "TASK-AM-042"


def test_a_counter_that_a_failing_disk_left_is_made_anew_from_what_is_seen(make_project):
    root = make_project()
    (root / ".orc/tasks/TASK-AM-007").mkdir(parents=True)
    assert minted(root) == "TASK-AM-008"
    (root / ".git/orc/sequences.json").write_bytes(b"\0\0\0")
    (root / ".orc/local/sequences.yaml").unlink()
    assert minted(root) == "TASK-AM-008"


def test_a_number_that_nobody_counted_up_to_is_not_gone_on_from(make_project, git):
    root = make_project()
    git(root, "branch", "orc/TASK-AM-999999999-am")
    git(root, "branch", "orc/TASK-AM-012-am")
    assert minted(root) == "TASK-AM-013"


def test_a_counter_at_its_end_says_so(make_project):
    root = make_project(local__sequences="prefixes:\n  AM: 9999999\n")
    with pytest.raises(InvalidInputError, match="9,999,999"):
        minted(root)


def test_a_counter_that_cannot_be_written_is_an_error(make_project):
    root = make_project()
    (root / ".git" / "orc").write_text("in the way")
    with pytest.raises(StorageError, match="orc"):
        minted(root)


def test_ids_of_branches_fetched_refs_trees_and_other_work_trees_are_not_given_again(
    make_project, git
):
    root = make_project()
    assert minted(root) == "TASK-AM-001"
    git(root, "branch", "orc/TASK-AM-010-bj")
    assert minted(root) == "TASK-AM-011"
    git(root, "update-ref", "refs/remotes/origin/orc/TASK-AM-020-am", "HEAD")
    assert minted(root) == "TASK-AM-021"
    git(root, "worktree", "add", "-q", "--detach", "../beside")
    (root.parent / "beside/.orc/tasks/TASK-AM-030").mkdir(parents=True)
    assert minted(root) == "TASK-AM-031"
    for number, ref in ((40, "refs/remotes/origin/main"), (50, "refs/heads/orc-state/am-0a1b")):
        commit_task(root, git, f"TASK-AM-{number:03d}", ref)
        assert minted(root) == f"TASK-AM-{number + 1:03d}"


def test_a_commit_is_not_looked_at_again_unless_it_has_what_nobody_saw(
    make_project, git, tmp_path, monkeypatch
):
    root = make_project()
    state = "refs/heads/orc-state/am-0a1b"
    commit_task(root, git, "TASK-AM-004", state)
    generator = TaskIdGenerator("p2p", "AM", Project.find(root))
    assert generator.next() == "TASK-AM-005"
    seen = git(root, "rev-parse", state)
    commit_task(root, git, "TASK-AM-005", state)
    generator.saw(git(root, "rev-parse", state), [seen])
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))
    assert generator.next() == "TASK-AM-006"
    assert "cat-file" not in trace.read_text()
    monkeypatch.delenv("GIT_TRACE2_EVENT")
    commit_task(root, git, "TASK-AM-020", "refs/remotes/origin/orc-state/am-0a1b")
    foreign = git(root, "rev-parse", "refs/remotes/origin/orc-state/am-0a1b")
    commit_task(root, git, "TASK-AM-030", state)
    generator.saw(git(root, "rev-parse", state), [seen, foreign])
    assert generator.next() == "TASK-AM-031"


def test_git_is_not_asked_again_where_only_its_own_writer_recorded_something(
    make_project, git, tmp_path, monkeypatch
):
    root = make_project()
    mine = "refs/heads/orc-state/am-0a1b"
    commit_task(root, git, "TASK-AM-004", mine)
    for place in (root / ".git", *(root / ".git").rglob("*")):
        os.utime(place, (1_000_000_000.5, 1_000_000_000.5))
    generator = TaskIdGenerator("p2p", "AM", Project.find(root), own_ref=mine)
    assert generator.next() == "TASK-AM-005"
    commit_task(root, git, "TASK-AM-005", mine)
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))
    assert generator.next() == "TASK-AM-006"
    assert not trace.exists()
    monkeypatch.delenv("GIT_TRACE2_EVENT")
    places = ("refs/heads/orc-state/bj-2c3d", "refs/remotes/origin/orc-state/am-0a1b")
    for number, ref in ((20, places[0]), (30, places[0]), (40, places[1])):
        commit_task(root, git, f"TASK-AM-{number:03d}", ref)
        assert generator.next() == f"TASK-AM-{number + 1:03d}"


def test_what_is_checked_out_counts_on_any_branch_and_on_none(make_project, git):
    root = make_project()
    commit_task(root, git, "TASK-AM-004", "refs/heads/topic")
    assert minted(root) == "TASK-AM-001"
    git(root, "symbolic-ref", "HEAD", "refs/heads/topic")
    assert minted(root) == "TASK-AM-005"
    commit_task(root, git, "TASK-AM-010", "refs/heads/other")
    git(root, "update-ref", "--no-deref", "HEAD", git(root, "rev-parse", "other"))
    assert minted(root) == "TASK-AM-011"


def commit_task(root: Path, git, name: str, ref: str) -> None:
    """Leave a commit at `ref` whose tree has the task."""
    blob = git(root, "hash-object", "-w", "-t", "blob", os.devnull)
    names = [".orc", "tasks", name, "task.yaml"]
    entry = f"100644 blob {blob}\t{names.pop()}\n"
    while True:
        tree = git(root, "mktree", given=entry)
        if not names:
            break
        entry = f"040000 tree {tree}\t{names.pop()}\n"
    git(root, "update-ref", ref, git(root, "commit-tree", "-m", name, tree))


def test_a_folder_that_somebody_copied_here_is_stepped_over(make_project):
    root = make_project()
    assert minted(root) == "TASK-AM-001"
    copied = {f"TASK-AM-{number:03d}" for number in (2, 3, 5)}
    for name in copied:
        (root / ".orc/tasks" / name).mkdir(parents=True)
    made = [minted(root) for _ in range(4)]
    assert len(copied | set(made)) == 7


def test_a_task_made_in_a_linked_work_tree_counts_in_the_main_one(make_project, git):
    root = make_project()
    git(root, "worktree", "add", "-q", "--detach", ".orc/worktrees/TASK-AM-001-am")
    assert minted(root / ".orc/worktrees/TASK-AM-001-am") == "TASK-AM-001"
    assert minted(root) == "TASK-AM-002"
    assert (root / ".orc/local/sequences.yaml").is_file()


def test_four_processes_that_make_a_hundred_ids_each_make_four_hundred(make_project):
    root = make_project()
    minting = [OrcProcess(root, "100", module=f"{__package__}.minting") for _ in range(4)]
    made = [name for one in minting for name in one.end().out.split()]
    assert len(set(made)) == len(made) == 400
    assert json.loads((root / ".git/orc/sequences.json").read_text())["numbers"] == {"AM": 400}


def test_an_id_is_reserved_at_a_remote_that_answers(make_remote, make_clone, git):
    remote = make_remote()
    alice, also_alice = make_clone(remote, "laptop"), make_clone(remote, "desktop")
    first = TaskIdGenerator("p2p", "AM", Project.find(alice)).take()
    second = TaskIdGenerator("p2p", "AM", Project.find(also_alice)).take()
    assert (str(first.id), first.reserved) == ("TASK-AM-001", True)
    assert (str(second.id), second.reserved, second.note) == ("TASK-AM-002", True, "")
    listed = git(remote, "for-each-ref", "--format=%(refname)").splitlines()
    assert listed == ["refs/orc/ids/TASK-AM-001", "refs/orc/ids/TASK-AM-002"]


def test_a_clone_that_saw_nothing_goes_on_after_the_highest_that_is_reserved(
    make_remote, make_clone, git
):
    remote = make_remote()
    alice, new = make_clone(remote, "laptop"), make_clone(remote, "new")
    blob = git(alice, "hash-object", "-w", "README.md")
    names = [f"{blob}:refs/orc/ids/TASK-AM-{number:03d}" for number in (*range(1, 40), 1200)]
    git(alice, "push", "-q", "origin", *names, f"{blob}:refs/orc/ids/TASK-AMX-4000")
    taken = TaskIdGenerator("p2p", "am", Project.find(new)).take()
    assert (str(taken.id), taken.reserved) == ("TASK-am-1201", True)


def test_an_id_is_given_without_a_remote_and_one_person_alone_asks_none(
    make_remote, make_clone, git
):
    assert TaskIdGenerator("p2p", "AM", Project.find(make_clone())).take().note == ""
    remote = make_remote()
    alone = make_clone(remote, "alone")
    assert minted(alone, mode="solo") == "TASK-001"
    assert git(remote, "for-each-ref") == ""


def test_a_remote_that_is_gone_refuses_or_never_answers_is_said_and_keeps_nobody(
    make_remote, make_clone, git
):
    remote = make_remote()
    work = make_clone(remote)
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho only for maintainers >&2\nexit 1\n")
    hook.chmod(0o755)
    refused = TaskIdGenerator("p2p", "AM", Project.find(work)).take()
    assert (str(refused.id), refused.reserved) == ("TASK-AM-001", False)
    assert "refuses reservations" in refused.note
    assert "only for maintainers" in refused.note
    git(work, "remote", "set-url", "origin", str(remote.with_name("gone.git")))
    gone = TaskIdGenerator("p2p", "AM", Project.find(work)).take()
    assert (str(gone.id), gone.reserved) == ("TASK-AM-002", False)
    assert "was not reached" in gone.note
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x.git"
        git(work, "remote", "set-url", "origin", url)
        slow = TaskIdGenerator("p2p", "AM", Project.find(work), timeout=0.3).take()
    assert (str(slow.id), slow.reserved) == ("TASK-AM-003", False)
    assert "was not reached" in slow.note


def test_nothing_of_the_checkout_changes_and_git_does_not_see_the_view(
    make_remote, make_clone, git
):
    work = make_clone(make_remote())
    (work / "README.md").write_text("in the middle of something\n")
    git(work, "stash")
    (work / "README.md").write_text("and of something else\n")
    with untouched(work):
        minted(work)
    assert git(work, "status", "--porcelain", "--", ".orc") == ""

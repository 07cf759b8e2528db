from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from peerplan_jupyter.coordination.state.outbox import Outbox

from ...support.checkouts import untouched
from ...support.orc import OrcProcess
from . import changing
from .changing import CHANGES


def refuse(remote: Path, words: str) -> Path:
    hook = remote / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\necho {words} >&2\nexit 1\n")
    hook.chmod(0o755)
    return hook


def log(git, remote: Path, branch: str) -> list[str]:
    return git(remote, "log", "--format=%s", branch).splitlines()


def test_only_the_branch_of_the_writer_is_sent(make_member, make_remote, git):
    remote = make_remote()
    alice = make_member("AM", remote)
    alice.plans("TASK-AM-001")
    with untouched(alice.root):
        published = alice.writer.publish()
    assert (published.pushed, published.retries, published.note) == (True, 0, "")
    listed = git(remote, "for-each-ref", "--format=%(refname)")
    assert listed == alice.writer.ref
    tracked = f"refs/remotes/origin/{alice.writer.branch}"
    assert git(alice.root, "rev-parse", tracked) == git(remote, "rev-parse", alice.writer.branch)
    assert alice.writer.publish().pushed


def test_nothing_is_sent_without_a_remote_or_by_one_person_alone(make_member, make_remote, git):
    alone = make_member("AM", remote := make_remote(), mode="solo")
    without = make_member("BJ")
    for member in (alone, without):
        member.plans("TASK-001")
        published = member.writer.publish()
        assert (published.pushed, published.reason, published.note) == (False, "", "")
    assert git(remote, "for-each-ref") == ""


def test_a_remote_that_refuses_is_said_once_and_gets_all_with_the_next_that_it_takes(
    make_member, make_remote, git
):
    remote = make_remote()
    alice = make_member("AM", remote)
    hook = refuse(remote, "protected branch")
    alice.plans("TASK-AM-001")
    first = alice.writer.publish()
    assert (first.pushed, first.pending, first.reason) == (False, 1, "push_rejected")
    assert "protected branch" in first.note
    alice.runs("TASK-AM-001")
    second = alice.writer.publish()
    assert (second.pushed, second.pending, second.note) == (False, 2, "")
    waiting = Outbox(alice.workspace.project.state).waiting()
    assert (waiting.reason, waiting.attempts) == ("push_rejected", 2)
    hook.unlink()
    assert alice.writer.publish().pushed
    assert len(log(git, remote, alice.writer.branch)) == 2
    assert Outbox(alice.workspace.project.state).waiting() is None


def test_a_remote_that_forbids_is_told_from_one_that_is_gone(make_member, git):
    class Forbidding(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(403)

        def log_message(self, *args: object) -> None:
            pass

    alice = make_member("AM")
    alice.plans("TASK-AM-001")
    with ThreadingHTTPServer(("127.0.0.1", 0), Forbidding) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        git(alice.root, "remote", "add", "origin", f"http://127.0.0.1:{server.server_port}/x.git")
        assert alice.writer.publish().reason == "push_rejected"
        server.shutdown()
    git(alice.root, "remote", "set-url", "origin", str(alice.root.parent / "gone.git"))
    gone = alice.writer.publish()
    assert gone.reason == "unreachable"
    assert "stays here" in gone.note


def test_a_push_that_meets_a_lock_of_another_is_tried_again(make_member, make_remote, git):
    remote = make_remote()
    alice = make_member("AM", remote)
    alice.plans("TASK-AM-001")
    lock = remote / "refs" / "heads" / f"{alice.writer.branch}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    hook = remote / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\n[ -e tried ] && rm -f '{lock}'\ntouch tried\n")
    hook.chmod(0o755)
    published = alice.writer.publish()
    assert published.pushed
    assert published.retries > 0


def test_two_clones_of_one_machine_keep_what_both_wrote(make_member, make_remote, git):
    remote = make_remote()
    one = make_member("AM", remote, at="laptop", clone="one")
    two = make_member("AM", remote, at="laptop", clone="two")
    one.plans("TASK-AM-001")
    one.writer.publish()
    two.plans("TASK-AM-002")
    two.runs("TASK-AM-001")
    published = two.writer.publish()
    assert (published.pushed, published.retries) == (True, 1)
    one.writer.record("TASK-AM-001", "renamed", changes={"title": "x", "weight": "small"})
    two.writer.record("TASK-AM-001", "assigned", changes={"assignee": "bob", "weight": "large"})
    assert one.writer.publish().pushed
    two.runs("TASK-AM-001", "completed")
    assert two.writer.publish().pushed
    assert one.writer.publish().pushed

    def read(path: str) -> dict:
        return yaml.safe_load(git(remote, "show", f"{one.writer.branch}:.orc/tasks/{path}"))

    assert read("TASK-AM-002/task.yaml")["id"] == "TASK-AM-002"
    assert read("TASK-AM-001/executions/am.yaml")["status"] == "completed"
    changes = read("TASK-AM-001/changes.yaml")
    assert {name: one["value"] for name, one in changes.items()} == {
        "title": "x", "assignee": "bob", "weight": "large",
    }  # fmt: skip
    subjects = log(git, remote, one.writer.branch)
    assert len([line for line in subjects if "joined" not in line]) == 6


@pytest.mark.parametrize("first_has_the_smaller_uid", [True, False])
def test_two_tasks_of_one_id_keep_a_folder_each(
    make_member, make_remote, git, first_has_the_smaller_uid
):
    remote = make_remote()
    one = make_member("AM", remote, at="laptop", clone="one")
    two = make_member("AM", remote, at="laptop", clone="two")
    uids = ["01" + "A" * 24, "01" + "B" * 24]
    for member, uid in zip(
        (one, two), uids[:: 1 if first_has_the_smaller_uid else -1], strict=True
    ):
        member.plans("TASK-AM-001", f"by {uid}", uid=uid)
        assert member.writer.publish().pushed
    names = git(remote, "ls-tree", "--name-only", f"{one.writer.branch}:.orc/tasks").splitlines()
    assert sorted(names) == ["TASK-AM-001", f"TASK-AM-001.{uids[1]}"]
    kept = git(remote, "show", f"{one.writer.branch}:.orc/tasks/TASK-AM-001/task.yaml")
    assert uids[0] in kept


def change_at_once(*work: tuple[str, str, str]) -> int:
    """Several processes change things often; how often any of them had to push again."""
    begun = [OrcProcess(Path(one[0]), *one, module=changing.__name__) for one in work]
    ended = [one.end() for one in begun]
    assert [one.code for one in ended] == [0] * len(work), ended
    return sum(int(one.out) for one in ended)


def test_writers_that_publish_at_once_lose_nothing_and_never_try_twice(
    make_remote, make_clone, tmp_path, git
):
    remote = make_remote()
    people = ["AM", "BJ", "CC", "DD"]
    work = [(str(make_clone(remote, one)), one, str(tmp_path / f"home-{one}")) for one in people]
    assert change_at_once(*work) == 0
    branches = git(remote, "for-each-ref", "--format=%(refname)").splitlines()
    assert [len(log(git, remote, branch)) for branch in branches] == [CHANGES] * 4


def test_processes_of_one_clone_record_and_publish_at_once(make_remote, make_clone, tmp_path, git):
    remote = make_remote()
    work = [(str(make_clone(remote, "one")), "AM", str(tmp_path / "home"))] * 3
    assert change_at_once(*work) == 0
    (branch,) = git(remote, "for-each-ref", "--format=%(refname)").splitlines()
    assert len(log(git, remote, branch)) == 3 * CHANGES

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import Queue

import pytest

from peerplan_jupyter.coordination.visibility.watching import Watcher

PATIENCE = 30


@pytest.fixture
def watched() -> Iterator[Callable[..., Queue]]:
    """What a watcher of somebody's project finds, from when it has begun."""
    stop = threading.Event()
    threads = []

    def watch(member) -> Queue:
        found: Queue = Queue()
        begun = threading.Event()
        watcher = Watcher(member.workspace.project, near=0.05, longest=0.2)
        before = watcher._here

        def look():
            begun.set()
            return before()

        watcher._here = look
        thread = threading.Thread(target=lambda: [found.put(c) for c in watcher.changes(stop)])
        thread.start()
        threads.append(thread)
        assert begun.wait(PATIENCE)
        return found

    yield watch
    stop.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def told(changes) -> list[tuple[str, str, str]]:
    return [(one.kind, one.row.id, one.row.status) for one in changes]


def test_a_change_of_a_colleague_wakes_who_watches(make_member, make_remote, watched):
    remote = make_remote()
    alice, bob = make_member("AM", remote), make_member("BJ", remote)
    found = watched(bob)
    alice.plans("TASK-AM-001")
    alice.writer.publish()
    assert told(found.get(timeout=PATIENCE)) == [("new", "TASK-AM-001", "planned")]
    alice.runs("TASK-AM-001")
    alice.writer.publish()
    assert told(found.get(timeout=PATIENCE)) == [("changed", "TASK-AM-001", "running")]


def test_a_change_here_wakes_without_any_remote(make_member, watched):
    alice = make_member("AM")
    alice.plans("TASK-AM-001")
    found = watched(alice)
    alice.runs("TASK-AM-001", "completed")
    assert told(found.get(timeout=PATIENCE)) == [("changed", "TASK-AM-001", "completed")]


def test_a_task_that_is_there_no_more_is_told(make_member, make_remote, git, watched):
    alice = make_member("AM", remote := make_remote())
    git(alice.root, "push", "-q", "origin", "main:refs/heads/orc/TASK-AM-001-am")
    found = watched(alice)
    git(remote, "update-ref", "-d", "refs/heads/orc/TASK-AM-001-am")
    assert told(found.get(timeout=PATIENCE)) == [("gone", "TASK-AM-001", "unreadable")]

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from peerplan_jupyter.coordination.locks.file_lock import FileLock, State
from peerplan_jupyter.coordination.locks.lease import Lease
from peerplan_jupyter.coordination.locks.process import Process
from peerplan_jupyter.coordination.locks.record import write_record
from peerplan_jupyter.errors import InvalidInputError, StorageError

ALICE, BOB = "alice@laptop", "bob@desktop"


def foreign(folder, *, ttl=0.3, heartbeat=0.0, beat=0):
    """The lease of a process that nobody here can look at."""
    process = Process(4242, 1.0, "desktop", "another", "bob")
    write_record(
        folder / "lock.yaml", Lease(BOB, heartbeat, ttl, 0.0, beat, "t", process).to_dict()
    )


def test_file_lock(tmp_path):
    lock1 = FileLock(tmp_path, "alice@laptop")
    lock2 = FileLock(tmp_path, "bob@desktop")

    # Alice acquires
    assert lock1.try_acquire() is True

    # Bob cannot acquire
    assert lock2.try_acquire() is False

    # Alice releases
    lock1.release()

    # Bob can now acquire
    assert lock2.try_acquire() is True
    lock2.release()


def test_the_file_says_who_holds_the_lease_since_when_and_for_how_long(tmp_path):
    before = time.time()
    lock = FileLock(tmp_path / "TASK-AM-001", ALICE)
    assert lock.heartbeat is None
    assert lock.is_stale()
    lock.try_acquire()
    text = lock.path.read_text()
    assert lock.path.name == "lock.yaml"
    assert 'owner: "alice@laptop"\n' in text
    assert "ttl: 60.0\n" in text
    assert f"pid: {os.getpid()}\n" in text
    assert before <= lock.heartbeat <= time.time()
    assert (lock.owner, lock.ttl, lock.state()) == (ALICE, 60.0, State.HELD)
    assert not lock.is_stale()
    lock.release()
    assert lock.state() is State.FREE
    assert [path.name for path in lock.path.parent.iterdir()] == ["lock.mutex"]


def test_of_eight_processes_one_gets_the_lease_in_each_round(tmp_path, race):
    once = race(*[("lease", tmp_path, f"p{number}", 60) for number in range(8)])
    for _ in range(30):
        assert sum(one["won"] for one in once()) == 1


def test_of_eight_processes_one_gets_a_stale_lease_and_says_whose_it_was(tmp_path, play, race):
    once = race(*[("lease", tmp_path, f"p{number}", 60) for number in range(8)])
    for _ in range(10):
        foreign(tmp_path, ttl=0.05)
        lock = FileLock(tmp_path, ALICE)
        while not lock.is_stale():
            time.sleep(0.01)
        said = [one for one in once() if one["won"]]
        assert [one["left"] for one in said] == [BOB]


def test_a_lease_is_renewed_while_its_holder_lives_and_not_taken_over(tmp_path, play, eventually):
    holder = play("lease", tmp_path, BOB, 0.3)
    assert holder.ask("try")["won"]
    lock = FileLock(tmp_path, ALICE, ttl=0.3)
    first = lock.read()

    def renewed():
        assert not lock.try_acquire()
        return lock.read().beat >= 5

    eventually(renewed)
    assert lock.read().token == first.token
    assert lock.heartbeat > first.heartbeat


def test_after_a_kill_the_next_takes_over_at_once_and_says_from_whom(tmp_path, play):
    holder = play("lease", tmp_path, BOB, 60)
    holder.ask("try")
    holder.kill()
    lock = FileLock(tmp_path, ALICE)
    assert lock.state() is State.STALE
    assert lock.try_acquire()
    assert lock.took_over.owner == BOB
    assert lock.took_over.process.pid == holder.pid
    lock.release()
    assert lock.try_acquire()
    assert lock.took_over is None
    lock.release()


def test_a_process_that_stands_still_keeps_its_lease(tmp_path, play):
    holder = play("lease", tmp_path, BOB, 0.2)
    holder.ask("try")
    os.kill(holder.pid, signal.SIGSTOP)
    try:
        lock = FileLock(tmp_path, ALICE, ttl=0.2)
        # It may have been stopped while it changed the file, and then whoever asks must wait.
        beat = lock.read().beat
        time.sleep(0.5)
        assert lock.read().beat == beat
        assert lock.state() is State.HELD
    finally:
        os.kill(holder.pid, signal.SIGCONT)
    assert not lock.try_acquire()


def test_a_process_that_has_the_number_of_a_dead_one_does_not_keep_its_lease(tmp_path):
    process = Process.here().to_dict()
    lock = FileLock(tmp_path, ALICE)
    lease = Lease(BOB, time.time(), 60.0, time.time(), 0, "t", Process.from_dict(process))
    write_record(lock.path, lease.to_dict())
    assert lock.state() is State.HELD
    write_record(lock.path, {**lease.to_dict(), "create_time": 1.0})
    assert lock.state() is State.STALE


@pytest.mark.parametrize("heartbeat", [0.0, time.time(), 4e9], ids=["long ago", "now", "to come"])
def test_what_the_clock_says_neither_ends_a_lease_nor_keeps_it(tmp_path, heartbeat, eventually):
    lock = FileLock(tmp_path, ALICE)
    for beat in range(3):
        foreign(tmp_path, heartbeat=heartbeat, beat=beat, ttl=60)
        assert not lock.try_acquire()
    foreign(tmp_path, heartbeat=heartbeat, beat=4, ttl=0.2)
    eventually(lock.try_acquire)
    assert lock.took_over.owner == BOB
    lock.release()


def test_commands_that_end_at_once_know_together_how_long_a_lease_was_unchanged(
    tmp_path, eventually
):
    folder = tmp_path / "TASK-AM-001"
    folder.mkdir()
    foreign(folder)
    assert not FileLock(folder, ALICE).try_acquire()

    def taken():
        lock = FileLock(folder, ALICE)
        if not lock.try_acquire():
            return False
        lock.release()
        return True

    eventually(taken)
    assert [path.name for path in folder.iterdir()] == ["lock.mutex"]


def test_a_heartbeat_begins_the_time_anew(tmp_path):
    lock = FileLock(tmp_path, ALICE)
    foreign(tmp_path, ttl=0.1, beat=1)
    assert not lock.is_stale()
    time.sleep(0.2)
    foreign(tmp_path, ttl=60, beat=2)
    assert not lock.is_stale()


def written(**changes):
    lease = Lease(BOB, 0.0, 60.0, 0.0, 0, "t", Process.here())
    data = {**lease.to_dict(), **changes}
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in data.items()).encode()


@pytest.mark.parametrize(
    "found",
    [
        b"",
        b"\n",
        b"\0\0\0\0",
        b"owner: alice\n",
        b"x" * 10_000,
        written()[:-5],
        written(ttl=-1),
        written(ttl="60"),
        written(token=""),
        written(heartbeat=float("nan")),
        written(pid=-1),
        written(create_time=10**400),
        written(host=None),
    ],
)
def test_a_lock_that_cannot_be_read_is_held_until_a_person_removes_it(tmp_path, found):
    lock = FileLock(tmp_path, ALICE, ttl=0.05)
    lock.path.write_bytes(found)
    assert lock.state() is State.UNREADABLE
    time.sleep(0.1)
    assert not lock.is_stale()
    assert not lock.try_acquire()
    assert lock.path.read_bytes() == found
    assert lock.read() is None
    lock.force_release()
    assert lock.try_acquire()
    lock.release()


def test_who_lost_the_lease_learns_of_it_and_leaves_the_other_its_own(tmp_path, eventually):
    lock, other = FileLock(tmp_path, ALICE, ttl=0.15), FileLock(tmp_path, BOB)
    lock.try_acquire()
    removed = other.force_release()
    assert removed.owner == ALICE
    assert other.try_acquire()
    eventually(lambda: lock.is_lost)
    assert not lock.is_held
    lock.release()
    assert other.read().owner == BOB
    assert not lock.try_acquire()
    other.release()
    assert lock.try_acquire()
    assert not lock.is_lost
    lock.release()


def test_a_lease_that_was_taken_over_is_not_removed_before_the_next_heartbeat_either(tmp_path):
    lock, other = FileLock(tmp_path, ALICE), FileLock(tmp_path, BOB)
    lock.try_acquire()
    other.force_release()
    other.try_acquire()
    lock.release()
    assert other.read().owner == BOB
    other.release()


def test_the_same_lock_may_be_asked_for_again(tmp_path):
    lock = FileLock(tmp_path, ALICE)
    assert lock.try_acquire()
    assert lock.try_acquire()
    lock.release()
    lock.release()
    assert lock.is_stale()


def test_a_forked_process_does_not_give_back_what_it_never_took(tmp_path, play):
    lock = FileLock(tmp_path, ALICE)
    lock.try_acquire()
    child = os.fork()
    if child == 0:
        lock.release()
        os._exit(1 if lock.is_held else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert lock.state() is State.HELD
    lock.release()


@pytest.mark.parametrize("ttl", [0, -1, float("nan"), float("inf")])
def test_a_time_that_no_lease_lasts_is_refused(tmp_path, ttl):
    with pytest.raises(InvalidInputError, match="A lease lasts"):
        FileLock(tmp_path, ALICE, ttl=ttl)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        FileLock(tmp_path / "file" / "x", ALICE).try_acquire()


def test_an_owner_cannot_steer_a_terminal(tmp_path):
    lock = FileLock(tmp_path, "eve\x1b[2J\n\u202e")
    lock.try_acquire()
    assert lock.read().owner.isprintable()
    lock.release()

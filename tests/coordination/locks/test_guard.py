from __future__ import annotations

import os
import threading

import pytest

from peerplan_jupyter.coordination.locks.guard import RunGuard
from peerplan_jupyter.coordination.locks.process import Process
from peerplan_jupyter.coordination.locks.record import read_record, write_record
from peerplan_jupyter.errors import AlreadyRunningError, StorageError, UnsafePathError

TASK, TAG = "TASK-AM-001", "am"


def information(folder, **changes):
    """What a run that was never given back would have left."""
    data = {**Process.here().to_dict(), "started": 1_700_000_000.0, "token": "x"}
    folder.mkdir(exist_ok=True)
    write_record(folder / f"{TASK}-{TAG}.yaml", {**data, **changes})


def test_of_eight_processes_one_runs_the_task_in_each_round(tmp_path, race):
    once = race(*[("guard", tmp_path, TASK, TAG)] * 8)
    for _ in range(30):
        said = once()
        winners = [one for one in said if one["won"]]
        assert len(winners) == 1


def test_a_second_run_is_told_which_process_runs_the_task(tmp_path, play):
    first = play("guard", tmp_path, TASK, TAG)
    assert first.ask("try") == {"won": True, "left": None}
    with pytest.raises(AlreadyRunningError) as refused:
        RunGuard(tmp_path, TASK, TAG).acquire()
    assert f"task already running (pid {first.pid}) on " in refused.value.message
    assert " since 2" in refused.value.message
    assert refused.value.code == "already_running"
    assert refused.value.data["pid"] == first.pid
    first.ask("release")
    with RunGuard(tmp_path, TASK, TAG) as guard:
        assert guard.is_held
    assert not guard.path.exists()


def test_another_person_or_another_task_is_not_kept_from_running(tmp_path):
    with (
        RunGuard(tmp_path, TASK, TAG),
        RunGuard(tmp_path, TASK, "bj"),
        RunGuard(tmp_path, "TASK-AM-002", TAG),
        RunGuard(tmp_path, TASK, "") as alone,
    ):
        assert alone.lock_path.name == f"{TASK}.lock"


def test_after_a_kill_the_next_run_takes_over_and_says_from_whom(tmp_path, play):
    first = play("guard", tmp_path, TASK, TAG)
    first.ask("try")
    first.kill()
    guard = RunGuard(tmp_path, TASK, TAG)
    assert guard.holder() is None
    left = guard.acquire()
    assert left is not None
    assert left.process.pid == first.pid
    assert left.is_alive is False
    guard.release()
    assert guard.acquire() is None
    guard.release()


def test_a_process_that_has_the_number_of_a_dead_one_does_not_block(tmp_path):
    information(tmp_path, create_time=1.0)
    guard = RunGuard(tmp_path, TASK, TAG)
    assert guard.holder() is None
    left = guard.acquire()
    assert left is not None
    assert left.process.pid == os.getpid()
    guard.release()


def test_a_run_on_another_machine_is_shown_and_does_not_block(tmp_path):
    information(tmp_path, host="elsewhere", boot_id="another")
    guard = RunGuard(tmp_path, TASK, TAG)
    shown = guard.holder()
    assert shown is not None
    assert shown.is_alive is None
    assert "elsewhere since 2023-11-14T22:13:20Z" in shown.told()
    left = guard.acquire()
    assert left is not None
    assert left.process.host == "elsewhere"
    guard.release()


@pytest.mark.parametrize(
    "found",
    [b"", b"pid: 0\n", b"pid", b"\xff\xfe\n", b"pid: " + b"[" * 3000 + b"\n", b"x" * 9000],
)
def test_information_that_cannot_be_read_decides_nothing(tmp_path, found):
    guard = RunGuard(tmp_path, TASK, TAG)
    guard.path.write_bytes(found)
    assert guard.holder() is None
    assert guard.acquire() is None
    assert guard.holder().process.pid == os.getpid()
    guard.release()


def test_a_held_lock_blocks_even_when_nobody_says_who_holds_it(tmp_path, play):
    first = play("guard", tmp_path, TASK, TAG)
    first.ask("try")
    guard = RunGuard(tmp_path, TASK, TAG)
    guard.path.unlink()
    with pytest.raises(AlreadyRunningError, match=r"task already running\.") as refused:
        guard.acquire()
    assert refused.value.data["pid"] is None


def test_one_process_does_not_run_a_task_twice_either(tmp_path):
    guard, other = RunGuard(tmp_path, TASK, TAG), RunGuard(tmp_path, TASK, TAG)
    refusals = []

    def attempt():
        for one in (guard, other):
            try:
                one.acquire()
            except AlreadyRunningError as error:
                refusals.append(error.data["pid"])

    guard.acquire()
    attempt()
    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert refusals == [os.getpid()] * 4
    guard.release()
    with other:
        assert not guard.is_held


def test_a_guard_can_be_given_back_by_another_thread_and_twice(tmp_path):
    guard = RunGuard(tmp_path, TASK, TAG)
    guard.acquire()
    thread = threading.Thread(target=guard.release)
    thread.start()
    thread.join()
    guard.release()
    with RunGuard(tmp_path, TASK, TAG):
        pass


def test_information_of_another_run_is_not_taken_away(tmp_path):
    guard = RunGuard(tmp_path, TASK, TAG)
    guard.acquire()
    information(tmp_path, token="another")
    guard.release()
    assert read_record(guard.path)["token"] == "another"


def test_looking_keeps_nobody_from_running(tmp_path, play):
    runner = play("guard", tmp_path, TASK, TAG)
    stop = threading.Event()

    def look():
        guard = RunGuard(tmp_path, TASK, TAG)
        while not stop.is_set():
            guard.holder()

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for _ in range(100):
            assert runner.ask("try")["won"]
            runner.ask("release")
    finally:
        stop.set()
        watcher.join()


@pytest.mark.parametrize("task", ["", "../x", "a/b", "a\\b", ".hidden", "a\nb", "a:b"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, task):
    with pytest.raises(UnsafePathError):
        RunGuard(tmp_path, task, TAG)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        RunGuard(tmp_path / "file" / "run", TASK, TAG).acquire()

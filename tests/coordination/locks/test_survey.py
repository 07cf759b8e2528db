from __future__ import annotations

from peerplan_jupyter.coordination.locks.file_lock import FileLock, State
from peerplan_jupyter.coordination.locks.guard import RunGuard
from peerplan_jupyter.coordination.locks.survey import leases_here, runs_here


def test_the_runs_and_leases_of_a_clone_are_told_without_taking_them(tmp_path):
    with RunGuard(tmp_path / "run", "TASK-AM-005", "bj"):
        found = runs_here(tmp_path / "run")
        assert list(found) == ["TASK-AM-005-bj"]
        assert found["TASK-AM-005-bj"].is_alive
    assert runs_here(tmp_path / "run") == {}
    lock = FileLock(tmp_path / "lease" / "TASK-AM-005", "alice@laptop")
    assert lock.try_acquire()
    [(task, state, lease)] = leases_here(tmp_path / "lease", "bob@desktop")
    assert (task, state) == ("TASK-AM-005", State.HELD)
    assert lease is not None
    assert lease.owner == "alice@laptop"
    lock.release()
    assert list(leases_here(tmp_path / "lease", "bob@desktop")) == []


def test_where_nothing_ever_ran_there_is_nothing(tmp_path):
    assert runs_here(tmp_path / "none") == {}
    assert list(leases_here(tmp_path / "none", "bob@desktop")) == []

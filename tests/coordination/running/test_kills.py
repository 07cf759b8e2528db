"""A run that is killed, anywhere: the next goes on, and nothing is lost or done twice."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.running.events import Event
from peerplan_jupyter.coordination.running.record import load, record_path
from peerplan_jupyter.coordination.tasks.execution import Execution
from peerplan_jupyter.errors import AlreadyRunningError

from ...support.checkouts import untouched
from .mortal import Mortal

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are forked here")
PHASES = {
    "implement": "echo implement >> $ORC_LOG; echo hello > greeting.txt",
    "test": "echo test >> $ORC_LOG; grep -q hello greeting.txt && echo seen > seen.txt",
}
EVERY = 1 if os.environ.get("PEERPLAN_SLOW") else 10
"""Of the calls of git in a run, some sixty, one in so many is its last; all take minutes."""


@pytest.fixture
def mortal(tmp_path: Path, monkeypatch) -> Iterator[Mortal]:
    monkeypatch.setenv("ORC_LOG", str(tmp_path / "log"))
    made = Mortal(tmp_path)
    yield made
    made.close()


@pytest.fixture
def project(tmp_path: Path, make_clone, begin) -> Callable[[], Path]:
    """A project with one task, each time as if nothing had been run in it."""
    root = make_clone(name="template")
    begin(root, **PHASES)

    def copy() -> Path:
        shutil.rmtree(tmp_path / "project", ignore_errors=True)
        (tmp_path / "log").unlink(missing_ok=True)
        return Path(shutil.copytree(root, tmp_path / "project"))

    return copy


def record(root: Path, name: str = "TASK-001") -> Execution:
    found = load(record_path(Project.find(root), TaskId.parse(name), ""))
    assert found is not None
    return found


def check(root: Path, git, log: Path) -> None:
    """Everything is there, once."""
    assert log.read_text() == "implement\ntest\n"
    assert git(root, "show", "orc/TASK-001:greeting.txt") == "hello"
    assert git(root, "show", "orc/TASK-001:seen.txt") == "seen"
    subjects = git(root, "log", "--format=%s", "main..orc/TASK-001").split("\n")
    assert subjects == [
        "[orc] TASK-001: test passed",
        "[orc] TASK-001: implement passed",
        "[orc] TASK-001: running",
    ]
    assert git(root / ".orc/worktrees/TASK-001", "status", "--porcelain") == ""
    assert [run.status for run in record(root).phases] == ["passed", "passed"]


@pytest.mark.parametrize(("when", "first"), [("before", 1), ("after", min(6, EVERY))])
def test_a_run_that_is_killed_at_any_call_of_git_is_gone_on_with(
    mortal, project, git, tmp_path, when, first
):
    for number in range(first, 200, EVERY):
        root = project()
        with untouched(root, ".orc"):
            killed = mortal.run(root, "TASK-001", "--yes", kill_at=number, when=when)
            if killed == 0:
                break
            assert killed == -9
            assert mortal.run(root, "TASK-001", "--yes") == 0, f"after call {number}"
        check(root, git, tmp_path / "log")
    assert number > 30


HALF = (
    "echo half > half.txt; if mkdir $ORC_LOG.once; then (sleep 300; touch late.txt) & "
    "kill -9 $PPID; sleep 300; fi"
)


def test_what_a_killed_run_left_running_is_ended_and_what_it_had_written_is_kept(
    make_clone, begin, mortal, run, git
):
    root = make_clone()
    task = begin(root, implement=HALF)
    assert mortal.run(root, "TASK-001", "--yes") == -9
    worktree = root / ".orc/worktrees/TASK-001"
    assert record(root).status == "running"
    (worktree / "half.txt").write_text("what only the killed run knew\n")
    told: list[Event] = []
    done = run(root, task, told=told)
    assert done.status == "completed"
    warnings = [event.text for event in told if event.kind == "warning"]
    assert "ended without a word" in warnings[0]
    assert "had left running were ended" in warnings[1]
    assert [one.exit_code for one in done.phases[0].attempts] == [None, 0]
    rescued = git(root, "for-each-ref", "--format=%(refname)", "refs/orc/rescue").split("\n")
    assert "what only the killed run knew" in git(root, "show", f"{rescued[0]}:half.txt")


def test_a_signal_stops_a_run_with_all_that_it_started(make_clone, begin, orc, run, tmp_path):
    root = make_clone()
    line = "echo half > half.txt; sleep 300 & echo $! > pid; wait"
    task = begin(root, implement=line, test="true")
    going = orc(root, "TASK-001", "--yes")
    going.until("attempt")
    pid = root / ".orc/worktrees/TASK-001/pid"
    wait_for(lambda: pid.exists() and pid.read_text().endswith("\n"))
    going.process.terminate()
    assert going.end() == 130
    assert going.events[-1]["status"] == "stopped"
    assert record(root).status == "stopped"
    wait_for(lambda: not Path(f"/proc/{pid.read_text().strip()}").exists())
    (root / ".orc/tasks/TASK-001/plan.yaml").write_text(
        "version: 1\nphases:\n- name: implement\n  command: cat half.txt\n"
    )
    assert run(root, task).status == "completed"


def test_one_person_cannot_run_a_task_twice_at_once(make_clone, begin, orc, run):
    root = make_clone()
    task = begin(root, implement="sleep 300")
    going = orc(root, "TASK-001", "--yes")
    going.until("attempt")
    with pytest.raises(AlreadyRunningError, match=rf"already running \(pid {going.process.pid}\)"):
        run(root, task)


def wait_for(met: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)

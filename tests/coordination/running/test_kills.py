"""A run that is killed, anywhere: the next goes on, and nothing is lost or done twice."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.running.record import load, record_path
from peerplan_jupyter.coordination.tasks.execution import Execution
from peerplan_jupyter.errors import AlreadyRunningError

from ...support.checkouts import untouched
from .mortal import KILLED, Ended
from .scene import Scene, every_step

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are forked here")
PHASES = {
    "implement": "echo implement >> $ORC_LOG; echo hello > greeting.txt",
    "test": "echo test >> $ORC_LOG; grep -q hello greeting.txt && echo seen > seen.txt",
}
RUN = ("run", "TASK-001", "--yes")


@pytest.fixture
def alone(scene: Scene, make_clone, begin) -> Path:
    """A project with one task, of somebody who works alone."""
    root = make_clone(name=f"{scene.folder.name}/alone")
    begin(root, **PHASES)
    scene.keep()
    return root


def record(root: Path, name: str = "TASK-001", tag: str = "") -> Execution:
    found = load(record_path(Project.find(root), TaskId.parse(name), tag))
    assert found is not None
    return found


def carried_out(root: Path) -> list[str]:
    """The phases whose command had ended well, as the record says."""
    found = load(record_path(Project.find(root), TaskId.parse("TASK-001"), ""))
    phases = found.phases if found else []
    return [one.name for one in phases if one.attempts and one.attempts[-1].exit_code == 0]


def check(root: Path, git) -> None:
    """Everything is there, once."""
    files = git(root, "ls-tree", "-r", "--name-only", "orc/TASK-001").split("\n")
    tasks = [f".orc/tasks/TASK-001/{name}.yaml" for name in ("plan", "task")]
    assert files == [*tasks, "README.md", "greeting.txt", "seen.txt"]
    subjects = git(root, "log", "--format=%s", "main..orc/TASK-001").split("\n")
    assert subjects == [
        "[orc] TASK-001: test passed",
        "[orc] TASK-001: implement passed",
        "[orc] TASK-001: running",
    ]
    assert git(root / ".orc/worktrees/TASK-001", "status", "--porcelain") == ""
    done = record(root)
    assert (done.status, [run.status for run in done.phases]) == ("completed", ["passed"] * 2)
    assert not list((root / ".git/orc/run").glob("*.yaml"))
    assert git(root, "for-each-ref", "refs/orc/tmp") == ""


def test_a_run_that_is_killed_again_and_again_comes_to_its_end(scene, alone, git):
    with untouched(alone, ".orc"):
        assert scene.killed_again_and_again(17, "alone", *RUN).code == 0
    check(alone, git)


@every_step
def test_a_run_that_is_killed_at_any_step_is_gone_on_with(scene, alone, git):
    def go_on(killed: Ended) -> None:
        begun, before = carried_out(alone), scene.logged()
        was_told_of = (alone / ".git/orc/run/TASK-001.yaml").exists()
        with untouched(alone, ".orc"):
            assert scene.goes_on("alone", *RUN).code == 0
        assert ("ended without a word" in scene.said) == was_told_of
        check(alone, git)
        for phase in PHASES:
            again = before.count(phase) + (phase not in begun)
            assert scene.logged().count(phase) == again

    assert scene.killed_everywhere(go_on, "alone", *RUN) > 50


@every_step
@pytest.mark.parametrize("lag", [0.0, 0.3])
def test_a_run_whose_git_outlives_it_is_gone_on_with(scene, alone, git, lag):
    def go_on(killed: Ended) -> None:
        with untouched(alone, ".orc"):
            assert scene.goes_on("alone", *RUN).code == 0
        check(alone, git)

    assert scene.killed_everywhere(go_on, "alone", *RUN, lag=lag) > 10


HALF = (
    "echo half > half.txt; if mkdir $ORC_LOG.once; then (sleep 300; touch late.txt) & "
    "kill -9 $PPID; sleep 300; fi"
)


def test_what_a_killed_run_left_running_is_ended_and_what_it_had_written_is_kept(
    scene, make_clone, begin, git
):
    root = make_clone(name=f"{scene.folder.name}/alone")
    begin(root, implement=HALF)
    assert scene.orc("alone", *RUN).code == KILLED
    worktree = root / ".orc/worktrees/TASK-001"
    assert record(root).status == "running"
    (worktree / "half.txt").write_text("what only the killed run knew\n")
    assert scene.goes_on("alone", *RUN).code == 0
    warnings = scene.said.splitlines()
    assert "ended without a word" in warnings[0]
    assert "had left running were ended" in warnings[1]
    assert [one.exit_code for one in record(root).phases[0].attempts] == [None, 0]
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

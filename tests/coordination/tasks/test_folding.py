from __future__ import annotations

from peerplan_jupyter.coordination.tasks.execution import Execution, PhaseRun
from peerplan_jupyter.coordination.tasks.folding import fold
from peerplan_jupyter.coordination.tasks.task import Task, new_uid

TASK = Task(id="TASK-AM-001", uid=new_uid(), title="Add a dashboard")


def run(tag: str, status: str, phase: str, lamport: int = 1) -> Execution:
    return Execution.model_validate(
        {"task": TASK.id, "tag": tag, "status": status, "phase": phase, "lamport": lamport}
    )


def test_a_task_that_nobody_ran_is_planned():
    row = fold(TASK, [])
    assert (row.status, row.phase, row.executors) == ("planned", "", ())


def test_somebody_at_work_tells_the_status_before_somebody_done():
    row = fold(TASK, [run("bj", "completed", "review", 9), run("am", "running", "test", 2)])
    assert (row.status, row.phase) == ("running", "test")
    assert [one.tag for one in row.executors] == ["am", "bj"]


def test_of_two_alike_the_newest_tells():
    row = fold(TASK, [run("bj", "failed", "review", 3), run("am", "failed", "test", 4)])
    assert row.phase == "test"


def test_a_task_is_reviewed_as_the_plan_of_its_newest_review():
    def reviewed(tag: str, lamport: int, plan: str) -> Execution:
        gate = {"type": "human", "plan": plan}
        attempts = [{"number": 1, "started": "2026-01-31T12:00:00Z", "gate": gate}]
        told = run(tag, "waiting", "review", lamport)
        return told.model_copy(update={"phases": [PhaseRun(name="review", attempts=attempts)]})

    runs = [reviewed("am", 2, "new"), reviewed("bj", 1, "old"), run("cd", "running", "test", 9)]
    assert fold(TASK, runs).plan == "new"
    assert fold(TASK.model_copy(update={"plan": "own"}), runs).plan == "own"

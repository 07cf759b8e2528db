from __future__ import annotations

from peerplan_jupyter.coordination.tasks.execution import Execution
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

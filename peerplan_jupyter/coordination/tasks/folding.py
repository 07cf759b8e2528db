"""What all executions of a task come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .execution import Execution, ExecutionStatus
from .task import Task

PLANNED = "planned"

_telling = (
    ExecutionStatus.RUNNING,
    ExecutionStatus.WAITING,
    ExecutionStatus.COMPLETED,
    ExecutionStatus.STOPPED,
    ExecutionStatus.FAILED,
)
"""Which of several executions tells the task's status: somebody at work, then somebody done."""


class ExecutorSummary(NamedTuple):
    """How far one executor is."""

    tag: str
    machine: str
    name: str
    status: str
    phase: str
    branch: str
    updated: str
    cost: float | None


class TaskSummary(NamedTuple):
    """A task in one row."""

    id: str
    uid: str
    title: str
    status: str
    weight: str
    phase: str
    creator: str
    """The prefix of who made it; the registry knows the name."""
    creator_name: str
    assignee: str
    created: str
    plan: str
    """The plan that it is reviewed as: its own, or that of the newest run that people looked at."""
    note: str
    executors: tuple[ExecutorSummary, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """The row as JSON."""
        facts = self._asdict()
        facts["executors"] = [one._asdict() for one in self.executors]
        return facts


def fold(task: Task, executions: Sequence[Execution]) -> TaskSummary:
    """One row for a task: its status and phase are those of the execution that tells most (one
    at work before one that waits, that is done, stopped or failed), of several the newest.
    """
    told = min(executions, key=_rank) if executions else None
    return TaskSummary(
        id=task.id,
        uid=task.uid,
        title=task.title,
        status=told.status if told else PLANNED,
        weight=task.weight,
        phase=told.phase if told else "",
        creator=task.created_by.prefix,
        creator_name=task.created_by.name,
        assignee=task.assignee,
        created=task.created,
        plan=task.plan or (_reviewed(executions) if executions else ""),
        note=task.note,
        executors=tuple(map(_summary, sorted(executions, key=_tag))) if executions else (),
    )


def _reviewed(executions: Sequence[Execution]) -> str:
    newest = sorted(executions, key=lambda one: one.lamport, reverse=True)
    runs = (run for one in newest for run in reversed(one.phases))
    gates = (attempt.gate for run in runs for attempt in reversed(run.attempts))
    return next((gate.plan for gate in gates if gate and gate.plan), "")


def _rank(execution: Execution) -> tuple[int, int]:
    return _telling.index(execution.status), -execution.lamport


def _tag(execution: Execution) -> str:
    return execution.tag


def _summary(one: Execution) -> ExecutorSummary:
    return ExecutorSummary(
        one.tag,
        one.machine,
        one.executor,
        one.status,
        one.phase,
        one.branch,
        one.updated,
        one.cost,
    )

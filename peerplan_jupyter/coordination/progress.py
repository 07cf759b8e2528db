"""Reporting how a task goes, from beside `orc run` or without it."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import AlreadyRunningError, InvalidInputError
from .known import known_task
from .locks.guard import RunGuard
from .naming import TaskId, branch_name
from .running.record import Record
from .state.writer import StateWriter
from .tasks.execution import Execution, ExecutionStatus
from .tasks.task import now
from .workspace import OrcWorkspace

LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Progress:
    """What is reported; what is empty stays as it was."""

    note: str = ""
    phase: str = ""
    status: ExecutionStatus | None = None
    """Never `completed`: the gates of `orc run` say that."""


@dataclass(frozen=True)
class Reported:
    """What came of a report."""

    kept: bool
    """Whether phase and status were taken; while `orc run` runs the task, it says them."""
    warnings: tuple[str, ...]


def report_progress(workspace: OrcWorkspace, task: TaskId, progress: Progress) -> Reported:
    """Record how this person's work on a task goes, and tell the team. Nothing passes a gate by it.

    Raises `InvalidInputError` for a phase that the task does not have, a status that is not for a
    report, and a note that is too long; and what `known_task` and `StateWriter.record` raise.
    """
    known = known_task(workspace, task)
    _check(progress, [phase.name for phase in known.plan.phases])
    what = " ".join(str(one) for one in (progress.phase, progress.status) if one) or "noted"
    sink = _Sink(workspace.writer, task, {"note": progress.note} if progress.note else {})
    kept = False
    if progress.phase or progress.status:
        kept = _executed(workspace, task, progress, sink, what)
    if not kept and progress.note:
        workspace.writer.record(task, what, changes=sink.changes)
    return Reported(kept, workspace.tell())


class _Sink:
    """Records an execution together with what else is reported, in one commit."""

    def __init__(self, writer: StateWriter, task: TaskId, changes: dict[str, str]) -> None:
        self.changes = changes
        self._writer = writer
        self._task = task

    def saved(self, execution: Execution, what: str) -> None:
        """See `Sink`."""
        self._writer.record(self._task, what, execution=execution, changes=self.changes)


def _check(progress: Progress, phases: list[str]) -> None:
    if progress.phase and progress.phase not in phases:
        raise InvalidInputError(
            f"The task has no phase {progress.phase[:64]!r}.", hint=f"It has {', '.join(phases)}."
        )
    if progress.status is ExecutionStatus.COMPLETED:
        raise InvalidInputError(
            "A report does not complete a task.",
            hint="`orc run` does, when every phase has passed its gate.",
        )
    if len(progress.note) > LONGEST_NOTE:
        raise InvalidInputError(f"A note has at most {LONGEST_NOTE} characters.")


def _executed(
    workspace: OrcWorkspace, task: TaskId, progress: Progress, sink: _Sink, what: str
) -> bool:
    """Record phase and status, unless a run of `orc` says them, or left off in the middle."""
    person = workspace.person
    guard = RunGuard(workspace.project.state / "run", str(task), person.tag)
    if guard.read() is not None:
        return False
    try:
        with guard:
            record = Record(workspace.project, task, person.tag, sink)
            execution = record.load() or _begun(workspace, task)
            execution.phase = progress.phase or execution.phase
            execution.status = progress.status or execution.status
            record.save(execution, what)
    except AlreadyRunningError:
        return False
    return True


def _begun(workspace: OrcWorkspace, task: TaskId) -> Execution:
    person = workspace.person
    return Execution(
        task=str(task),
        tag=person.tag,
        machine=person.machine,
        executor=person.display_name,
        branch=branch_name(task, person.tag, workspace.config.git.branch_prefix),
        started=now(),
    )

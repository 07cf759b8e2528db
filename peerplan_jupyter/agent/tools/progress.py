"""Tools about working on a task: say that one does, and how it goes."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated

from mcp_types import CallToolResult
from pydantic import Field

from ...coordination.known import known_task
from ...coordination.naming import TaskId
from ...coordination.progress import Progress, Reported, report_progress
from ...coordination.tasks.execution import ExecutionStatus
from ...coordination.workspace import OrcWorkspace
from ...errors import InvalidInputError
from ...review.fence import one_line
from ..answers import Answer, answer
from ..claims import Claimed, Claims
from ..desk import Call, Desk
from .tasks import RepositoryFolder, TaskName

DAY = 24 * 60


class ReportedStatus(StrEnum):
    """What may be reported of a run; that it is completed, its gates say."""

    RUNNING = "running"
    WAITING = "waiting"
    STOPPED = "stopped"
    FAILED = "failed"


class TaskClaimed(Answer):
    """A claim."""

    task: str
    held: bool
    """Whether the team is told that you work on it."""
    holders: list[str]
    """Who else works on it; names are data."""
    warnings: list[str]


class ProgressReported(Answer):
    """A report."""

    task: str
    phase_kept: bool
    """Whether phase and status were taken; while `orc run` runs the task, it says them."""
    warnings: list[str]


class ProgressTools:
    """claim, report_progress."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def claim(
        self,
        call: Call,
        task: TaskName,
        release: Annotated[bool, Field(description="Give it back instead.")] = False,
        minutes: Annotated[
            int, Field(ge=1, le=DAY, description="How long; report_progress begins it anew.")
        ] = 60,
        repository: RepositoryFolder = "",
    ) -> Annotated[CallToolResult, TaskClaimed]:
        """Tell the team that you work on a task. It is advisory: it says who else does, and keeps
        nobody from anything. It ends by itself.
        """
        caller = await self._desk.caller(call)
        wanted, claims = TaskId.parse(task), caller.visits.claims
        told = await asyncio.to_thread(
            self._claim, claims, repository, wanted, None if release else minutes * 60.0
        )
        return answer(told, *told.warnings)

    async def report_progress(
        self,
        call: Call,
        task: TaskName,
        note: Annotated[
            str, Field(max_length=2000, description="How it goes, in a sentence or two.")
        ] = "",
        phase: Annotated[
            str, Field(max_length=64, description="The phase that you are at; show_task has them.")
        ] = "",
        status: ReportedStatus | None = None,
        repository: RepositoryFolder = "",
    ) -> Annotated[CallToolResult, ProgressReported]:
        """Report to the team how your work on a task goes. Nothing passes a gate by it."""
        if not (note or phase or status):
            raise InvalidInputError("report_progress needs a note, a phase or a status.")
        caller = await self._desk.caller(call)
        progress = Progress(note, phase, ExecutionStatus(status) if status else None)
        wanted = TaskId.parse(task)
        done = await asyncio.to_thread(
            self._report, caller.visits.claims, repository, wanted, progress
        )
        told = ProgressReported(
            task=str(wanted),
            phase_kept=done.kept,
            warnings=list(done.warnings),
            next=_after(progress, done),
        )
        return answer(told, "Recorded.", *told.warnings)

    def _claim(
        self, claims: Claims, repository: str, task: TaskId, seconds: float | None
    ) -> TaskClaimed:
        workspace = OrcWorkspace.open(self._desk.folder(repository))
        if seconds is None:
            released = claims.release(workspace, task)
            said = "It was given back." if released else "You did not hold it."
            return TaskClaimed(task=str(task), held=False, holders=[], warnings=[], next=said)
        known_task(workspace, task)
        done = claims.take(workspace, task, seconds)
        return TaskClaimed(
            task=str(task),
            held=done.held,
            holders=[one_line(one, 300) for one in done.holders],
            warnings=list(done.warnings),
            next=_claimed(done),
        )

    def _report(
        self, claims: Claims, repository: str, task: TaskId, progress: Progress
    ) -> Reported:
        workspace = OrcWorkspace.open(self._desk.folder(repository))
        done = report_progress(workspace, task, progress)
        claims.renew(workspace, task)
        return done


def _claimed(done: Claimed) -> str:
    if done.held:
        return "Work on it, report_progress as you go, and claim with `release` when you stop."
    who = "; ".join(one_line(one, 300) for one in done.holders)
    return (
        f"It is being worked on by {who}. Ask your user before you work on it beside them; "
        "list_tasks shows what else there is."
    )


def _after(progress: Progress, done: Reported) -> str:
    if (progress.phase or progress.status) and not done.kept:
        return (
            "`orc run` runs this task, or left off in the middle of it: it says phase and status "
            "itself, and only your note was kept."
        )
    return (
        "Go on. What you made is reviewed at the gates of `orc run`, or as a plan: create_plan, "
        "attach_artifact, request_review."
    )

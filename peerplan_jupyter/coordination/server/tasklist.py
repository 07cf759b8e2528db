"""The tasks of a repository in one list, for a page and for agents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ...errors import NotFoundError, PeerPlanError
from ..config.schema import Mode
from ..locks.file_lock import State
from ..locks.survey import leases_here
from ..naming import TaskId
from ..tasks.folding import ExecutorSummary, TaskSummary, fold
from ..team.files import read_team
from ..team.registry import Team
from ..workspace import OrcWorkspace

UNREADABLE = "unreadable"
MAX_TASKS = 10_000


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True)


class Executor(_Wire):
    """Somebody who runs or ran a task, and how far they are."""

    name: str
    tag: str
    status: str
    phase: str
    branch: str
    updated: str
    cost: float | None = None


class TaskLine(_Wire):
    """A task in one line. What is `unreadable` has its id, and why."""

    id: str
    title: str
    status: str
    weight: str
    phase: str
    creator: str
    assignee: str
    plan: str
    """The plan that it is reviewed as, or nothing."""
    holder: str
    """Who says that they work on it now, on this machine."""
    executors: tuple[Executor, ...]
    problem: str
    """Why it cannot be read, or nothing."""


class TaskList(_Wire):
    """All tasks that are known here."""

    project: str
    """The name of the repository's folder."""
    mode: Mode
    tasks: Annotated[tuple[TaskLine, ...], Field(max_length=MAX_TASKS)]
    notes: tuple[str, ...]
    """What stands in the way of knowing more, in sentences."""
    omitted: int
    """How many tasks more there are."""


def task_list(root: Path, *, fetch: bool = False) -> TaskList | None:
    """The tasks of the repository that `root` is in, or None where it is in none. With `fetch`, a
    team's remote is asked first, within its time limit. Runs git: not for an event loop.

    Raises `InvalidInputError` for settings that cannot be used.
    """
    try:
        workspace = OrcWorkspace.open(root)
    except NotFoundError:
        return None
    lines = list(_lines(workspace))
    return TaskList(
        project=workspace.project.root.name,
        mode=workspace.resolved.mode,
        tasks=tuple(lines[:MAX_TASKS]),
        notes=workspace.warnings,
        omitted=max(0, len(lines) - MAX_TASKS),
    )


def _lines(workspace: OrcWorkspace) -> Iterator[TaskLine]:
    team = read_team(workspace.project)
    holders = dict(_holders(workspace))
    store = workspace.tasks
    for task in store.ids():
        try:
            summary = fold(store.read(task), store.executions(task))
        except PeerPlanError as error:
            yield unreadable(str(task), error.message)
        else:
            yield line_of(summary, team, holders.get(task.key, ""))


def line_of(summary: TaskSummary, team: Team, holder: str = "") -> TaskLine:
    """A task as it is listed; people are called as the registry knows them."""
    creator = team.owner_name(summary.creator) if summary.creator else ""
    return TaskLine(
        id=summary.id,
        title=summary.title,
        status=summary.status,
        weight=summary.weight,
        phase=summary.phase,
        creator=creator or summary.creator_name,
        assignee=summary.assignee,
        plan=summary.plan,
        holder=holder,
        executors=tuple(map(_executor, summary.executors)),
        problem="",
    )


def unreadable(task: str, problem: str) -> TaskLine:
    """The line of a task that cannot be read."""
    names = ("title", "weight", "phase", "creator", "assignee", "plan", "holder")
    nothing = dict.fromkeys(names, "")
    return TaskLine(id=task, status=UNREADABLE, problem=problem, executors=(), **nothing)


def _holders(workspace: OrcWorkspace) -> Iterator[tuple[str, str]]:
    """Who holds the lease on a task among those who share this clone."""
    owner = workspace.person.owner
    for name, state, lease in leases_here(workspace.project.state / "lease", owner):
        if state is State.HELD and lease is not None:
            yield TaskId.parse(name).key, lease.owner


def _executor(one: ExecutorSummary) -> Executor:
    return Executor(
        name=one.name or one.tag or "somebody",
        tag=one.tag,
        status=one.status,
        phase=one.phase,
        branch=one.branch,
        updated=one.updated,
        cost=one.cost,
    )

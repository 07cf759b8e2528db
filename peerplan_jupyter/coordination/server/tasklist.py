"""The tasks of a repository in one list, for a page and for agents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ...errors import NotFoundError
from ..config.schema import Mode
from ..locks.file_lock import State
from ..locks.survey import leases_here
from ..naming import TaskId
from ..team.files import read_team
from ..visibility.row import NameOf, Row
from ..visibility.row import TaskList as Rows
from ..visibility.tasks import local_tasks, team_tasks
from ..workspace import OrcWorkspace

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
    uid: str
    """Tells two tasks apart that were given the same id."""
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
    note: str
    """What was last reported of how it goes."""
    executors: tuple[Executor, ...]
    problem: str
    """Why it cannot be read, or nothing."""


class TaskList(_Wire):
    """All tasks that are known here."""

    project: str
    """The name of the repository's folder."""
    mode: Mode
    tasks: Annotated[tuple[TaskLine, ...], Field(max_length=MAX_TASKS)]
    warnings: tuple[str, ...]
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
    found = _found(workspace, fetch=fetch)
    name_of, holders = read_team(workspace.project).owner_name, dict(_holders(workspace))
    lines = [_line(row, name_of, holders) for row in found.rows[:MAX_TASKS]]
    old = (f"What you see may be old. {found.stale}",) if fetch and found.stale else ()
    return TaskList(
        project=workspace.project.root.name,
        mode=workspace.resolved.mode,
        tasks=tuple(lines),
        warnings=(*workspace.warnings, *old),
        omitted=len(found.rows) - len(lines),
    )


def _found(workspace: OrcWorkspace, *, fetch: bool) -> Rows:
    git = workspace.config.git
    if workspace.resolved.mode is Mode.SOLO:
        return local_tasks(workspace.project, branch_prefix=git.branch_prefix, facts=True)
    return team_tasks(
        workspace.project,
        fetch=fetch,
        remote=git.remote,
        branch_prefix=git.branch_prefix,
        timeout=git.fetch_timeout,
        facts=True,
    )


def _line(row: Row, name_of: NameOf, holders: Mapping[str, str]) -> TaskLine:
    """A task as it is listed; people are called as the registry knows them."""
    facts = json.loads(row.facts)
    executors = [{**one, "name": one["name"] or one["tag"]} for one in facts.get("executors", ())]
    return TaskLine(
        id=row.id,
        uid=row.uid,
        title=row.title,
        status=row.status,
        weight=row.weight,
        phase=row.phase,
        creator=row.owner(name_of),
        assignee=facts.get("assignee", ""),
        plan=facts.get("plan", ""),
        note=facts.get("note", ""),
        holder=holders.get(row.id.upper(), ""),
        executors=tuple(map(Executor.model_validate, executors)),
        problem=row.fault,
    )


def _holders(workspace: OrcWorkspace) -> Iterator[tuple[str, str]]:
    """Who holds the lease on a task among those who share this clone."""
    owner = workspace.person.owner
    for name, state, lease in leases_here(workspace.project.state / "lease", owner):
        if state is State.HELD and lease is not None:
            yield TaskId.parse(name).key, lease.owner

"""`orc show`: a task, and how far everybody is with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import NotFoundError
from ..options import JsonOption
from ..output import table, tell, words
from .context import TaskArgument, opened, warn
from .listing import names

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ...coordination.naming import TaskId
    from ...coordination.visibility.row import Row, TaskList
    from ...coordination.workspace import OrcWorkspace

NAME = "show"


def run(
    task: TaskArgument,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="First fetch what others recorded.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a task and how far everybody is with it."""
    from ...coordination.naming import TaskId

    workspace = opened()
    wanted = TaskId.parse(task)
    found = _found(workspace, fetch)
    rows = [row for row in found.rows if _is(row, wanted)]
    if not rows:
        raise NotFoundError(
            f"There is no task {wanted}, as far as is known here.",
            hint="`orc show --fetch` and `orc list --team` fetch what others recorded.",
        )
    if found.stale:
        warn(f"What you see may be old. {found.stale}")
    name_of = names(workspace.project)
    facts = [{**row.to_wire(name_of), **_phases(workspace, wanted)} for row in rows]
    tell(as_json, facts[0], *(shown for one in facts for shown in _shown(one)))


def _found(workspace: OrcWorkspace, fetch: bool) -> TaskList:
    from ...coordination.visibility.tasks import team_tasks

    git = workspace.config.git
    return team_tasks(
        workspace.project,
        fetch=fetch,
        remote=git.remote,
        branch_prefix=git.branch_prefix,
        timeout=git.fetch_timeout,
        facts=True,
    )


def _is(row: Row, wanted: TaskId) -> bool:
    """Whether it has this id, or had it before."""
    return row.id.upper() == wanted.key or f'"{wanted.key}"' in row.facts.upper()


def _phases(workspace: OrcWorkspace, task: TaskId) -> dict[str, Any]:
    from ...coordination.state.reader import StateReader
    from ...errors import InvalidInputError

    try:
        if workspace.tasks.folder(task).is_dir():
            plan = workspace.tasks.plan(task)
        else:
            prefix = workspace.config.git.branch_prefix
            plan = StateReader(workspace.project, branch_prefix=prefix).task(task).plan
    except (NotFoundError, InvalidInputError):
        return {"phases": []}
    return {"phases": [phase.name for phase in plan.phases]}


def _shown(facts: dict[str, Any]) -> list[RenderableType]:
    if not facts["readable"]:
        return [words(f"{facts['id']}  ? unreadable: {facts['fault']}", "red")]
    shown: list[RenderableType] = [
        words(f"{facts['id']}  {facts['title']}", "bold"),
        words(f"Status    {facts['status']} {facts['phase']}".rstrip()),
        words(f"Weight    {facts['weight']}"),
        words(f"Phases    {', '.join(facts['phases']) or '?'}"),
        words(f"Made by   {facts['owner']} {facts['created']}".rstrip()),
    ]
    if facts["assignee"]:
        shown.append(words(f"Assignee  {facts['assignee']}"))
    if facts["aliases"]:
        shown.append(words(f"Was       {', '.join(facts['aliases'])}"))
    if facts["fault"]:
        shown.append(words(f"Unread    {facts['fault']}", "yellow"))
    return [*shown, _executors(facts["executors"])] if facts["executors"] else shown


def _executors(executors: list[dict[str, Any]]) -> RenderableType:
    made = table("Executor", "Status", "Phase", "Branch", "Updated", "Cost")
    for one in executors:
        cost = "" if one["cost"] is None else f"${one['cost']:.2f}"
        cells = (one["name"] or one["tag"], one["status"], one["phase"], one["branch"])
        made.add_row(*map(words, (*cells, one["updated"], cost)))
    return made

"""`orc show`: a task, and how far everybody is with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import InvalidInputError, NotFoundError
from ..options import JsonOption
from ..output import moment, table, tell, words
from .context import TaskArgument, opened, task_named, warn
from .lines import names

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
    from ...coordination.visibility.leases import leases_of_team
    from ...coordination.visibility.settings import ListSettings

    workspace = opened()
    wanted = task_named(workspace, task)
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
    settings = ListSettings.of(workspace.project, workspace.home)
    leases = leases_of_team(workspace.project, settings, fetch=found.fetched)
    facts = [
        {
            **row.to_wire(name_of),
            "leased_by": [*leases.get(row.id.upper(), ())],
            "phases": _phases(workspace, row.id),
        }
        for row in rows
    ]
    first, *others = facts
    shown = [line for one in facts for line in _shown(one)]
    tell(as_json, {**first, "others": others}, *shown)


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


def _phases(workspace: OrcWorkspace, task: str) -> list[str]:
    from ...coordination.known import task_to_run
    from ...coordination.naming import TaskId

    try:
        _, plan = task_to_run(workspace, TaskId.parse(task))
    except (NotFoundError, InvalidInputError):
        return []
    return [phase.name for phase in plan.phases]


def _shown(facts: dict[str, Any]) -> list[RenderableType]:
    if not facts["readable"]:
        return [words(f"{facts['id']}  ? unreadable: {facts['fault']}", "red")]
    shown: list[RenderableType] = [
        words(f"{facts['id']}  {facts['title']}", "bold"),
        words(f"Status    {facts['status']} {facts['phase']}".rstrip()),
        words(f"Weight    {facts['weight']}"),
        words(f"Phases    {', '.join(facts['phases']) or '?'}"),
        words(f"Made by   {facts['owner']} {moment(facts['created'])}".rstrip()),
    ]
    if facts["assignee"]:
        shown.append(words(f"Assignee  {facts['assignee']}"))
    if facts["leased_by"]:
        shown.append(words(f"Leased by {', '.join(facts['leased_by'])}"))
    if facts["aliases"]:
        shown.append(words(f"Was       {', '.join(facts['aliases'])}"))
    if facts["fault"]:
        shown.append(words(f"Unread    {facts['fault']}", "yellow"))
    return [*shown, _executors(facts["executors"])] if facts["executors"] else shown


def _executors(executors: list[dict[str, Any]]) -> RenderableType:
    from ..fitting import Fitting

    made = table("Executor", "Status", "Phase", "Branch", "Updated", "Cost")
    for one in executors:
        cost = "" if one["cost"] is None else f"${one['cost']:.2f}"
        cells = (one["name"] or one["tag"], one["status"], one["phase"], one["branch"])
        made.add_row(*map(words, (*cells, moment(one["updated"]), cost)))
    return Fitting(made)

"""Leaving a team: what is unfinished is given to somebody, and the prefix stays known."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InvalidInputError, NotFoundError, PeerPlanError
from ..naming import TaskId
from ..resources.reading import read_text
from ..state.reader import StateReader
from ..tasks.execution import ExecutionStatus
from ..tasks.folding import TaskSummary, fold
from ..workspace import OrcWorkspace
from ..yamlfile import dump_yaml, parse_yaml, write_atomically
from .files import TEAM_FILE, member_file, read_team
from .people import Member
from .registry import Team
from .rewriting import rewritten


@dataclass(frozen=True)
class Left:
    """Who left, the files that say so, and the tasks that were given away or left as they are."""

    member: Member
    paths: tuple[Path, ...]
    message: str
    reassigned: tuple[str, ...]
    unfinished: tuple[str, ...]


def leave(
    workspace: OrcWorkspace, initials: str, *, reassign: str = "", anyway: bool = False
) -> Left:
    """Move a member to those who left. Their unfinished tasks go to the member `reassign`; without
    that they are an `InvalidInputError`, unless it is to be done `anyway`. Ids stay as they are.

    Raises `NotFoundError` where nobody has the initials, `StorageError` where a file cannot be
    written.
    """
    team = read_team(workspace.project)
    member = _found(team, initials)
    heir = _found(team, reassign) if reassign else None
    open_tasks = [one.id for one in unfinished(workspace, member)]
    if heir is not None and heir.initials == member.initials:
        raise InvalidInputError(f"{heir.initials} cannot leave tasks to themselves.")
    if open_tasks and heir is None and not anyway:
        raise InvalidInputError(
            f"{member.initials} has not finished {', '.join(open_tasks)[:300]}.",
            hint="--reassign BJ gives them to somebody, --anyway leaves them as they are.",
            tasks=open_tasks,
        )
    given = open_tasks if heir else []
    for task in given:
        change = {"assignee": heir.initials if heir else ""}
        workspace.writer.record(task, f"assigned to {change['assignee']}", changes=change)
    return Left(
        member,
        tuple(_moved(workspace, member)),
        f"[orc] {member.initials} leaves the team",
        tuple(given),
        () if heir else tuple(open_tasks),
    )


def unfinished(workspace: OrcWorkspace, member: Member) -> Iterator[TaskSummary]:
    """The tasks in the checkout that are a member's to finish, as far as this clone knows: assigned
    to them, or made by them and assigned to nobody.
    """
    for task in workspace.tasks.ids():
        try:
            found = _summary(workspace, task)
        except PeerPlanError:
            continue  # `orc doctor` names what cannot be read
        if found.status != ExecutionStatus.COMPLETED and _is_theirs(found, task, member):
            yield found


def _summary(workspace: OrcWorkspace, task: TaskId) -> TaskSummary:
    """A task as all who work on it recorded it; else as its files have it."""
    here = workspace.tasks.executions(task)
    reader = StateReader(workspace.project, branch_prefix=workspace.config.git.branch_prefix)
    try:
        found = reader.task(task)
    except NotFoundError:
        return fold(workspace.tasks.read(task), here)
    return fold(found.task, (*found.executions, *here))


def _is_theirs(found: TaskSummary, task: TaskId, member: Member) -> bool:
    if found.assignee:
        return member.is_called(found.assignee)
    return (found.creator or task.prefix).upper() in member.all_prefixes


def _found(team: Team, initials: str) -> Member:
    member = team.member(initials)
    if member is None:
        raise NotFoundError(
            f"Nobody in the team has the initials {initials[:40]!r}.",
            hint="`orc team members` shows who is in it.",
        )
    return member


def _moved(workspace: OrcWorkspace, member: Member) -> Iterator[Path]:
    """The files that are different now."""
    place = workspace.project.shared / TEAM_FILE
    text = read_text(place, None) or "version: 1\n"
    facts = parse_yaml(text.encode(), str(place))
    made = {**facts, "former_members": [*(facts.get("former_members") or ()), _former(member)]}
    if listed := facts.get("members"):
        made["members"] = _without(listed, member)
    write_atomically(place, rewritten(text, made) or dump_yaml(made))
    yield place
    own = workspace.project.shared / member_file(member.initials)
    if own.exists():
        own.unlink()
        yield own


def _former(member: Member) -> dict[str, Any]:
    facts = {name: value for name, value in member.model_dump(mode="json").items() if value}
    return {**facts, "left": datetime.datetime.now(datetime.UTC).date().isoformat()}


def _without(listed: Sequence[dict[str, Any]], member: Member) -> list[dict[str, Any]]:
    return [one for one in listed if str(one.get("initials")).upper() != member.initials]

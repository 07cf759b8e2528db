"""Leaving a team: what is unfinished is given to somebody, and the prefix stays known."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InvalidInputError, NotFoundError
from ..config.schema import Mode
from ..ignoring import drafts_in
from ..naming import TaskId
from ..resources.reading import read_text
from ..tasks.execution import ExecutionStatus
from ..visibility.row import Row
from ..visibility.tasks import team_tasks
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
    note: str = ""
    """Why tasks that others know of may be missing here."""


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
    found = unfinished(workspace, member)
    open_tasks = found.ids
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
        found.note,
    )


@dataclass(frozen=True)
class Unfinished:
    """The ids of tasks that are a member's to finish, and why there may be more."""

    ids: list[str]
    note: str


def unfinished(workspace: OrcWorkspace, member: Member) -> Unfinished:
    """What is assigned to a member, what they made and nobody was given, and what they are at work
    on: in the checkout, in states and on the branches of everybody, which the remote is asked for.
    """
    git = workspace.config.git
    found = team_tasks(
        workspace.project,
        fetch=workspace.resolved.mode is not Mode.SOLO,
        remote=git.remote,
        branch_prefix=git.branch_prefix,
        timeout=git.fetch_timeout,
        facts=True,
    )
    ids = [row.id for row in found.rows if _is_open(row) and _is_theirs(row, member)]
    return Unfinished(ids, found.stale)


def _is_open(row: Row) -> bool:
    """What cannot be read is named by `orc doctor`."""
    return row.is_readable and row.status != ExecutionStatus.COMPLETED


def _is_theirs(row: Row, member: Member) -> bool:
    if _at_work(row) & {one.lower() for one in member.all_prefixes}:
        return True
    if assignee := str(json.loads(row.facts).get("assignee", "")):
        return member.is_called(assignee)
    return (row.creator or TaskId.parse(row.id).prefix).upper() in member.all_prefixes


def _at_work(row: Row) -> set[str]:
    """The prefixes of those at work, in small letters; a tag has an x before one that begins with a
    digit, and a suffix where somebody runs the task on several branches.
    """
    tags = [str(tag).partition("-")[0].lower() for tag, _ in json.loads(row.running or "[]")]
    return {*tags, *(tag[1:] for tag in tags if tag[:1] == "x" and tag[1:2].isdigit())}


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
    drafts = drafts_in(workspace.project.orc)
    write_atomically(place, rewritten(text, made) or dump_yaml(made), drafts)
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

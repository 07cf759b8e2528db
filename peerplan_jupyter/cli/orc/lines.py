"""Tasks in lines, as `orc list` prints them; without typer, whose import takes longer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..output import plain, print_json

if TYPE_CHECKING:
    from ...coordination.visibility.leases import Leases
    from ...coordination.visibility.row import NameOf, Row, TaskList
    from ...coordination.visibility.settings import ListSettings

LONGEST_TITLE = 60
"""Characters; longer titles do not push the owners of all others to the right."""


def list_tasks(*, team: bool = False, no_fetch: bool = False, as_json: bool = False) -> None:
    """Print the tasks here, or those of the whole team; see the options of `orc list`."""
    from ...coordination.home import OrcHome
    from ...coordination.project import Project
    from ...coordination.visibility.leases import leases_in_clone, leases_of_team
    from ...coordination.visibility.row import unnamed
    from ...coordination.visibility.settings import ListSettings
    from ...coordination.visibility.tasks import local_tasks

    project = Project.find(_here())
    settings = ListSettings.of(project, OrcHome.find())
    warnings = _warned_of_settings(settings)
    if not team:
        found = local_tasks(project, branch_prefix=settings.branch_prefix, facts=as_json)
        here = leases_in_clone(project)
        _tell_json(found, unnamed, here, warnings) if as_json else _tell(found, None, here)
        return
    if not no_fetch and not as_json:
        print_lines(["Fetching remote branches...", ""])
    found = _everybodys(project, settings, not no_fetch, as_json)
    leases = leases_of_team(project, settings, fetch=found.fetched)
    if as_json:
        _tell_json(found, names(project), leases, warnings)
    else:
        _tell(found, names(project), leases)


def names(project: Any) -> NameOf:
    """How the registry calls whose prefix it is."""
    from ...coordination.team.files import read_team

    return read_team(project).owner_name


def print_lines(lines: Sequence[str]) -> None:
    """Print text that has nothing in it that would steer a terminal, at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def line(row: Row, name_of: NameOf | None, wide: int = 0, title_width: int = 0) -> str:
    """A task in one line; with the owner where `name_of` says their names."""
    if not row.is_readable:
        return f"{row.id:{wide}}  {'?':9} {'-':7} {'-':10} ? unreadable: {row.fault}"
    told = f"{row.id:{wide}}  {row.status:9} {row.weight:7} {row.phase or '-':10} "
    if name_of is None:
        return told + row.title
    owner, runners = row.owner(name_of), row.runners(name_of)
    others = [one for one in runners if one != owner]
    at_work = f"; running by {', '.join(runners)}" if others else ""
    return f"{told}{row.title:{title_width}}    ({owner or '?'}{at_work})"


def _leased(row: Row, leases: Leases) -> str:
    holders = leases.get(row.id.upper(), ()) if leases else ()
    return f"  [leased by {', '.join(map(plain, holders))}]" if holders else ""


def _everybodys(project: Any, settings: ListSettings, fetch: bool, facts: bool) -> TaskList:
    from ...coordination.visibility.tasks import team_tasks

    return team_tasks(
        project,
        fetch=fetch,
        remote=settings.remote,
        branch_prefix=settings.branch_prefix,
        timeout=settings.timeout,
        facts=facts,
    )


def _tell_json(found: TaskList, name_of: NameOf, leases: Leases, warnings: Sequence[str]) -> None:
    facts = {"fetched": found.fetched, "stale": found.stale, "skipped": list(found.skipped)}
    tasks = [
        {**row.to_wire(name_of), "leased_by": [*leases.get(row.id.upper(), ())]}
        for row in found.rows
    ]
    said = {"unreadable": found.unreadable, **facts, "warnings": [*warnings]}
    print_json({"tasks": tasks, **said})


def _tell(found: TaskList, name_of: NameOf | None, leases: Leases) -> None:
    wide = max((len(row.id) for row in found.rows), default=0)
    titles = max((len(row.title) for row in found.rows), default=0)
    shown = min(titles, LONGEST_TITLE)
    print_lines([line(row, name_of, wide, shown) + _leased(row, leases) for row in found.rows])
    if not found.rows:
        print_lines(["No tasks yet. `orc new TITLE` begins one."])
    _warn(found)


def _warn(found: TaskList) -> None:
    said = [f"What you see may be old. {found.stale}"] if found.stale else []
    if found.unreadable:
        said.append(f"{found.unreadable} of {len(found.rows)} cannot be read.")
    if found.skipped:
        more = f" and {len(found.skipped) - 3} more" if len(found.skipped) > 3 else ""
        said.append(f"Not named as branches of tasks: {', '.join(found.skipped[:3])}{more}.")
    if said:
        from .context import warn

        warn(*said)


def _warned_of_settings(settings: ListSettings) -> list[str]:
    if not settings.faults:
        return []
    from .context import warn

    said = f"{' '.join(settings.faults)} The list goes without; `orc doctor` says more."
    warn(said)
    return [said]


def _here() -> Any:
    from pathlib import Path

    return Path.cwd()

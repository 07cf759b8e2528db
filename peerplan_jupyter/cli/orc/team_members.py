"""`orc team members`: who is in the team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..options import JsonOption
from ..output import table, tell, words
from .context import opened, warn

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ...coordination.team.registry import Team

NAME = "members"


def run(as_json: JsonOption = False) -> None:
    """Show who is in the team, and which prefixes are taken."""
    from ...coordination.team.files import read_team

    workspace = opened()
    team = read_team(workspace.project)
    you = workspace.person.initials
    warn(*_warnings(team))
    tell(as_json, _facts(team, you), *_shown(team, you))


def _facts(team: Team, you: str) -> dict[str, Any]:
    return {
        "members": [
            {**one.model_dump(mode="json"), "you": one.initials == you} for one in team.members
        ],
        "reserved": [one.model_dump(mode="json") for one in team.reserved],
        "former": [one.model_dump(mode="json") for one in team.former],
        "taken": sorted(team.taken),
        "warnings": _warnings(team),
    }


def _warnings(team: Team) -> list[str]:
    return [*team.problems, *team.collisions()]


def _shown(team: Team, you: str) -> list[RenderableType]:
    from ..fitting import Fitting

    if not team.taken and team.problems:
        return ["Who is in the team cannot be read."]
    if not team.taken:
        return ["Nobody has joined yet. `orc team join` makes you the first."]
    made = table("Initials", "Name", "E-mail", "Prefixes", "")
    for one in team.members:
        note = "you" if one.initials == you else ""
        cells = (one.initials, one.name, one.email, ", ".join(one.prefixes), note)
        made.add_row(*map(words, cells))
    for kept in team.reserved:
        if team.member(kept.prefix) is None:
            made.add_row(*map(words, (kept.prefix, kept.name, kept.email, "", "kept")))
    for left in team.former:
        note = f"left {left.left}".strip()
        cells = (left.initials, left.name, left.email, ", ".join(left.prefixes), note)
        made.add_row(*map(words, cells))
    return [Fitting(made)]

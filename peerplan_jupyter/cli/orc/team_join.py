"""`orc team join`: join the team."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ...errors import InvalidInputError, PeerPlanError
from ..options import JsonOption
from ..output import tell, words
from .committing import CommitOption, settled
from .context import opened, warn

if TYPE_CHECKING:
    from ...coordination.team.joining import Joining
    from ...coordination.team.registry import Team
    from ...coordination.workspace import OrcWorkspace

NAME = "join"


def run(
    initials: Annotated[str, typer.Option(help="What your tasks are named by, as AM.")] = "",
    name: Annotated[str, typer.Option(help="How the team calls you.")] = "",
    email: Annotated[str, typer.Option(help="By default git's user.email.")] = "",
    mine: Annotated[
        bool,
        typer.Option("--mine", help="A prefix that is kept, or was somebody's, is yours."),
    ] = False,
    fetch: Annotated[
        bool, typer.Option("--fetch/--no-fetch", help="Ask the remote who has joined meanwhile.")
    ] = True,
    commit: CommitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Join the team, with a prefix of your own.

    You are written to ~/.orc/config.yaml and to a file of your own in .orc/shared/members.
    """
    from ...coordination.team.joining import Joining, join

    workspace = opened()
    wanted = _asked(workspace, Joining(initials, name, email, mine), as_json)
    others, warnings = _others(workspace) if fetch else (None, [])
    warn(*warnings)
    done = join(workspace, wanted, others)
    facts, shown = settled(workspace.project, done.paths, done.message, commit)
    member = done.member
    facts = {**member.model_dump(mode="json"), "warnings": warnings, **facts}
    said = f"You are {member.initials}, {member.name}: your tasks are named by "
    tell(as_json, facts, words(f"{said}{member.all_prefixes[-1]}."), *shown)


def _asked(workspace: OrcWorkspace, given: Joining, as_json: bool) -> Joining:
    """What was not said, from the settings and from git; or the person is asked."""
    from dataclasses import replace

    from ...coordination.team.joining import suggested

    person, asking = workspace.person, sys.stdin.isatty() and not as_json
    name = given.name or workspace.config.identity.display_name
    if not name:
        name = _ask("Your name", person.display_name, asking)
    initials = given.initials or person.initials
    if not initials and asking:
        initials = _ask("Your initials", suggested(name), asking)
    if not initials:
        raise InvalidInputError(
            "Your initials are not known.",
            hint=f"orc team join --initials {suggested(name) or 'AM'}",
        )
    return replace(given, initials=initials, name=name, email=given.email or person.email)


def _ask(what: str, default: str, asking: bool) -> str:
    return str(typer.prompt(what, default=default or None, err=True)) if asking else default


def _others(workspace: OrcWorkspace) -> tuple[Team | None, list[str]]:
    """The registry on the remote. Who is not connected joins all the same, with a warning."""
    from ...coordination.team.files import is_registry_file, team_of
    from ...coordination.team.upstream import look, shared_files

    settings = workspace.config.git
    try:
        upstream = look(workspace.project, settings.remote, settings.fetch_timeout)
        files = shared_files(workspace.project, upstream.commit) if upstream else {}
    except PeerPlanError as error:
        return None, [f"Who has joined meanwhile is not known: {error.message}"]
    return team_of({name: data for name, data in files.items() if is_registry_file(name)}), []

"""`orc team leave`: leave the team."""

from __future__ import annotations

from typing import Annotated

import typer

from ...errors import InvalidInputError
from ..options import JsonOption
from ..output import tell, words
from .committing import CommitOption, settled
from .context import opened, warn

NAME = "leave"


def run(
    initials: Annotated[
        str, typer.Argument(metavar="INITIALS", help="Who leaves; by default you.")
    ] = "",
    reassign: Annotated[
        str, typer.Option(metavar="INITIALS", help="Who gets the tasks that are not finished.")
    ] = "",
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Leave unfinished tasks as they are.")
    ] = False,
    commit: CommitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Leave the team, or say that somebody has left.

    Ids stay as they are, and the prefix is not given to others unasked.
    """
    from ...coordination.team.leaving import leave

    workspace = opened()
    who = initials or workspace.person.initials or workspace.person.prefix
    if not who:
        raise InvalidInputError("Your initials are not known.", hint="Say whose: INITIALS.")
    done = leave(workspace, who, reassign=reassign, anyway=anyway)
    known = [f"There may be more tasks that are not finished: {done.note}"] if done.note else []
    warnings = [*known, *(workspace.tell() if done.reassigned else ())]
    warn(*warnings)
    facts, shown = settled(workspace.project, done.paths, done.message, commit)
    facts = {
        "left": done.member.initials,
        "reassigned": list(done.reassigned),
        "unfinished": list(done.unfinished),
        "warnings": warnings,
        **facts,
    }
    said = [f"{done.member.initials} has left."]
    if done.reassigned:
        said.append(f"Given to {reassign.upper()}: {', '.join(done.reassigned)}.")
    if done.unfinished:
        said.append(f"Not finished: {', '.join(done.unfinished)}.")
    tell(as_json, facts, words(" ".join(said)), *shown)

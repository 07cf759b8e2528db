"""`orc team init`: make what a team shares."""

from __future__ import annotations

from typing import Annotated

import typer

from ..options import JsonOption
from ..output import tell, words
from .committing import CommitOption, settled
from .context import opened, warn

NAME = "init"


def run(
    prefix_source: Annotated[
        str,
        typer.Option(help="What ids begin with: initials, username, email_hash or machine."),
    ] = "initials",
    commit: CommitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make what a team shares, in .orc/shared.

    What is there stays as it is, tasks and their ids too.
    """
    from ...coordination.config.schema import PrefixSource
    from ...coordination.team.founding import MESSAGE, found
    from ...errors import InvalidInputError

    if prefix_source not in list(PrefixSource):
        raise InvalidInputError(
            f"{prefix_source[:40]!r} is not what ids can begin with.",
            hint=f"One of {', '.join(PrefixSource)}.",
        )
    project = opened().project
    done = found(project, PrefixSource(prefix_source))
    warnings = [one.sentence for one in done.ignored]
    warn(*warnings)
    names = [path.relative_to(project.root).as_posix() for path in done.written]
    facts, shown = settled(project, done.paths, MESSAGE, commit and not done.ignored)
    ignored = [one.path for one in done.ignored]
    facts = {"written": names, "ignored": ignored, "warnings": warnings, **facts}
    said = f"Written: {', '.join(names)}." if names else "Everything is there already."
    tell(as_json, facts, words(said), *shown, words("Then everybody runs `orc team join`.", "dim"))

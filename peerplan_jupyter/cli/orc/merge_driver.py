"""`orc merge-driver`: what git calls to merge the YAML that a team shares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .context import warn

NAME = "merge-driver"


def run(
    base: Annotated[str, typer.Argument(metavar="BASE", help="%O")],
    ours: Annotated[str, typer.Argument(metavar="OURS", help="%A; the result is written there.")],
    theirs: Annotated[str, typer.Argument(metavar="THEIRS", help="%B")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="%P")] = "",
) -> int:
    """Merge YAML by what it says; git runs this.

    Exit code 1: there are conflicts, between markers.
    """
    from ...coordination.team.merge_driver import CONFLICTS, joined_at_once, merge_files

    status = merge_files(Path(base), Path(ours), Path(theirs))
    if status == CONFLICTS and (said := joined_at_once(path)):
        warn(said)
    return status

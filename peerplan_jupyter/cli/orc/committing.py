"""What team commands say and do about the commit of what they wrote."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..output import typed, words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ...coordination.project import Project

CommitOption = Annotated[
    bool, typer.Option("--commit", help="Make the commit, too; of these files only.")
]


def settled(
    project: Project, paths: Sequence[Path], message: str, wanted: bool
) -> tuple[dict[str, Any], list[RenderableType]]:
    """Commit `paths` if that is wanted; the facts of it, and what is shown: else the commands."""
    from ...coordination.team.committing import commands, commit, is_committed

    if wanted:
        made = commit(project, paths, message)
        said = f"Committed as {made[:10]}." if made else "There was nothing to commit."
        return {"commit": made, "commands": []}, [words(said)]
    if is_committed(project, paths):
        return {"commit": None, "commands": []}, [words("It is committed already.")]
    told = commands(project, paths, message)
    shown = [words("Commit it, so that others get it:"), typed(*told)]
    return {"commit": None, "commands": told}, [*shown]

"""`orc unlock`: take away the lease of somebody who is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import ForbiddenError
from ..options import JsonOption
from ..output import tell, words
from .context import TaskArgument, opened, task_named

if TYPE_CHECKING:
    from ...coordination.care.unlock import Unlocked

NAME = "unlock"


def run(
    task: TaskArgument,
    force: Annotated[
        bool, typer.Option("--force", help="Also what somebody holds who is still there.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take away the lease of somebody who is gone.

    A run that goes on in this clone is never unlocked: end its process.
    """
    from ...coordination.care.unlock import unlock

    workspace = opened()
    wanted = task_named(workspace, task)
    done = unlock(workspace, wanted, force=force)
    if done.kept and not force:
        raise ForbiddenError(
            f"{wanted} is held: {'; '.join(done.kept)}.",
            hint="Wait for them, or take it away with --force if you know that they are gone.",
            kept=list(done.kept),
        )
    tell(as_json, _facts(str(wanted), done), *map(words, _told(str(wanted), done)))


def _facts(task: str, done: Unlocked) -> dict[str, Any]:
    return {"task": task, "removed": list(done.removed), "warnings": list(done.warnings)}


def _told(task: str, done: Unlocked) -> list[str]:
    removed = [f"The lease of {one} on {task} is taken away." for one in done.removed]
    return [*(removed or [f"Nobody holds {task}."]), *done.warnings]

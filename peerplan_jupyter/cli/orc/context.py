"""What commands of `orc` start from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from ..output import console, plain

if TYPE_CHECKING:
    from ...coordination.naming import TaskId
    from ...coordination.workspace import OrcWorkspace

TaskArgument = Annotated[
    str,
    typer.Argument(metavar="TASK", help="A task's id: TASK-AM-005, AM-5, or 5 for one of yours."),
]


def opened(mode: str = "", flags: Mapping[str, str] | None = None) -> OrcWorkspace:
    """The workspace of the current folder; what contradicts itself there is said once. `flags`
    are settings by their dotted names.
    """
    from ...coordination.workspace import OrcWorkspace

    named = {"team.mode": mode} if mode else {}
    workspace = OrcWorkspace.open(flags={**named, **(flags or {})})
    warn(*workspace.warnings)
    return workspace


def task_named(workspace: OrcWorkspace, text: str) -> TaskId:
    """The id of the task that the person means; see `TaskId.meant`."""
    from ...coordination.naming import TaskId

    return TaskId.meant(text, lambda: workspace.person.prefix)


def warn(*sentences: str) -> None:
    """Say on standard error what does not stop the command."""
    for sentence in sentences:
        said = plain(f"Warning: {sentence}")
        console(stderr=True).print(said, style="yellow", markup=False, soft_wrap=True)

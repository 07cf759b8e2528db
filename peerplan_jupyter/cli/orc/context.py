"""What commands of `orc` start from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..output import console, plain

if TYPE_CHECKING:
    from ...coordination.workspace import OrcWorkspace

TaskArgument = Annotated[
    str, typer.Argument(metavar="TASK", help="A task's id, such as TASK-AM-005.")
]


def opened(mode: str = "") -> OrcWorkspace:
    """The workspace of the current folder; what contradicts itself there is said once."""
    from ...coordination.workspace import OrcWorkspace

    workspace = OrcWorkspace.open(flags={"team.mode": mode} if mode else {})
    warn(*workspace.warnings)
    return workspace


def warn(*sentences: str) -> None:
    """Say on standard error what does not stop the command."""
    for sentence in sentences:
        console(stderr=True).print(plain(f"Warning: {sentence}"), style="yellow", markup=False)

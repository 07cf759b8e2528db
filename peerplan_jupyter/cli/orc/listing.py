"""`orc list`: the tasks here, or those of the whole team."""

from __future__ import annotations

from typing import Annotated

import typer

from ..options import JsonOption
from .lines import list_tasks

NAME = "list"


def run(
    team: Annotated[bool, typer.Option("--team", help="List everybody's tasks.")] = False,
    no_fetch: Annotated[
        bool, typer.Option("--no-fetch", help="With --team: only what was fetched before.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the tasks here, or those of the whole team."""
    list_tasks(team=team, no_fetch=no_fetch, as_json=as_json)

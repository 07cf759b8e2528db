"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

PlanArgument = Annotated[
    str, typer.Argument(metavar="PLAN", help="A plan's id, or a unique beginning of it.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object; errors too, on standard error.")
]
AgentOption = Annotated[
    str,
    typer.Option(
        "--agent",
        envvar="PEERPLAN_AGENT",
        metavar="NAME",
        help="Act as the agent of this name; without it, you act.",
    ),
]

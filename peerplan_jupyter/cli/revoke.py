"""`peerplan revoke`: take an invitation back."""

from __future__ import annotations

from typing import Annotated

import typer

from .context import acting, opened
from .options import JsonOption, PlanArgument
from .output import tell, words

NAME = "revoke"


def run(
    plan: PlanArgument,
    invitation: Annotated[
        str, typer.Argument(metavar="INVITATION", help="As `invite --list` shows it.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Take an invitation back.

    Every peer puts out who came by it as soon as it hears of this. What they read they have read.
    """
    with opened() as workspace:
        plan_id = workspace.run(workspace.find(plan))
        name = acting(workspace, "").name
        who = workspace.identity("human")
        workspace.run(workspace.inviting.revoke(plan_id, invitation, who, name))
    tell(as_json, {"plan": plan_id, "revoked": invitation}, words("The invitation is taken back."))

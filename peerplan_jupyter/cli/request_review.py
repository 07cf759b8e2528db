"""`peerplan request-review`: freeze a revision and ask for verdicts on it."""

from __future__ import annotations

from typing import Annotated

import typer

from .context import acting, opened
from .options import AgentOption, JsonOption, PlanArgument
from .output import tell, words

NAME = "request-review"


def run(
    plan: PlanArgument,
    note: Annotated[str, typer.Option(help="What reviewers should look at.")] = "",
    agent: AgentOption = "",
    as_json: JsonOption = False,
) -> None:
    """Freeze a revision and ask for its review."""
    from ..plan.operations import parse_operation

    with opened() as workspace:
        plan_id = workspace.run(workspace.find(plan))
        asked = {"op": "request_review", "note": note}
        operation = parse_operation(asked, acting(workspace, agent))
        workspace.run(workspace.submit(plan_id, operation))
        revision = workspace.peer.call(lambda plans: plans.get(plan_id).revision)
    wire = revision.to_wire() if revision else {}
    told = f"Revision r{wire['number']} of {plan_id} waits for review.  {wire['digest'][:19]}"
    tell(as_json, {"plan": plan_id, "revision": wire}, words(told))

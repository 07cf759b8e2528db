"""`peerplan policy`: when a revision of a plan counts as approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .context import acting, opened
from .options import AgentOption, JsonOption, PlanArgument
from .output import tell, words

if TYPE_CHECKING:
    from ..plan.schema import Approval, Policy

NAME = "policy"


def run(
    plan: PlanArgument,
    approvals: Annotated[
        int | None, typer.Option(min=1, max=20, help="How many people have to approve.")
    ] = None,
    exclude_author: Annotated[
        bool | None,
        typer.Option(
            "--exclude-author/--include-author",
            help="Whether an approval by the plan's owner does not count.",
        ),
    ] = None,
    agent: AgentOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show or change when a plan is approved.

    Without options nothing is changed. Agents may look only.
    """
    from ..plan.operations import parse_operation

    wanted = {"approvals": approvals, "excludeAuthor": exclude_author}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    with opened() as workspace:
        plan_id = workspace.run(workspace.find(plan))
        if wanted:
            operation = parse_operation({"op": "set_policy", **wanted}, acting(workspace, agent))
            workspace.run(workspace.submit(plan_id, operation))
        found = workspace.peer.call(lambda plans: plans.get(plan_id).plan())
    facts = {"plan": plan_id, "policy": found.policy.to_wire(), "status": found.status}
    tell(as_json, facts, words(policy_words(found.policy, found.approval)))


def policy_words(policy: Policy, approval: Approval | None) -> str:
    """The policy in a sentence, with how many of the approvals are there."""
    count = "1 approval" if policy.approvals == 1 else f"{policy.approvals} approvals"
    given = len(approval.given) if approval else 0
    owner = "does not count" if policy.exclude_author else "counts"
    return f"Needs {count}, {given} given; the plan's owner {owner}."

"""`peerplan show`: a plan with its evidence and what people said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .context import opened
from .options import JsonOption, PlanArgument
from .output import console, plain, print_json, table, when, words
from .policy import policy_words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from ..plan.schema import Annotation, Plan

NAME = "show"
_marks = {"todo": "·", "in_progress": "…", "done": "✓", "blocked": "✗"}


def run(plan: PlanArgument, as_json: JsonOption = False) -> None:
    """Show a plan and what people said about it.

    Evidence comes with the state of its hashes. `--json` prints `plan.json`.
    """
    from ..review.publishing import plan_json
    from .evidence_states import evidence_states

    with opened() as workspace:
        plan_id = workspace.run(workspace.find(plan))
        found = workspace.peer.call(lambda plans: plans.get(plan_id).plan())
        if as_json:
            return print_json(json.loads(plan_json(found)))
        states = workspace.run(evidence_states(workspace, plan_id))
    return console().print(*_shown(found, states), sep="\n")


def _shown(plan: Plan, states: dict[str, dict[str, str]]) -> Iterator[RenderableType]:
    from rich.markdown import Markdown

    yield from _head(plan)
    if plan.content:
        yield Markdown(plain(plan.content), hyperlinks=False)
    if plan.steps:
        yield _steps(plan)
    if plan.artifacts:
        yield _evidence(plan, states)
    for one in plan.annotations:
        yield from _thread(plan, one)
    for review in plan.reviews:
        withdrawn = " (withdrawn)" if review.withdrawn else ""
        verdict = f"{_name(plan, review.author)}: {review.verdict.replace('_', ' ')}{withdrawn}"
        yield words(f"{verdict}  {review.summary}", "bold")


def _head(plan: Plan) -> Iterator[RenderableType]:
    yield words(plan.title, "bold")
    where = f"pull request {plan.pr}" if plan.pr else "draft"
    revision = f"r{plan.revisions[-1].number}" if plan.revisions else "no revision yet"
    stale = ", edited since" if plan.approval and plan.approval.stale else ""
    owner = _name(plan, plan.owner)
    facts = [plan.id, plan.status.replace("_", " "), where, revision + stale, f"by {owner}"]
    yield words("  ".join(facts), "dim")
    yield words(policy_words(plan.policy, plan.approval), "dim")


def _steps(plan: Plan) -> Table:
    made = table("", "Step", "Id")
    for step in plan.steps:
        text = words(f"{step.title}\n{step.description}".rstrip())
        for criterion in step.criteria:
            text.append(plain(f"\n- {criterion}"), style="dim")
        made.add_row(_marks[step.status], text, step.id)
    return made


def _evidence(plan: Plan, states: dict[str, dict[str, str]]) -> Table:
    made = table("Evidence", "Type", "Bytes", "Hash", "State", "Claim")
    for one in plan.artifacts:
        told = states.get(one.id, {"state": "withdrawn" if one.withdrawn else "missing"})
        state = words(told["state"], "" if told["state"] in {"verified", "unpublished"} else "red")
        hashed = (one.hash or "")[:19]
        made.add_row(words(one.name), one.type, f"{one.size:,}", hashed, state, words(one.caption))
    return made


def _thread(plan: Plan, one: Annotation) -> Iterator[RenderableType]:
    state = "withdrawn" if one.withdrawn else one.state
    yield words(f"\n{_name(plan, one.author)}: {one.type}, {state}  {when(one.timestamp)}", "bold")
    if one.target.type == "text":
        lost = "" if one.anchor and one.anchor.state == "anchored" else " (not found any more)"
        yield words(f"  “{one.target.quote.exact}”{lost}", "italic")
    yield words(f"  {one.content}")
    for reply in one.replies:
        yield words(f"  {_name(plan, reply.author)}: {reply.content}")
    if one.disposition:
        note = f", {one.disposition.note}" if one.disposition.note else ""
        yield words(f"  → {one.disposition.value}{note}", "dim")


def _name(plan: Plan, key: str) -> str:
    known: Any = plan.identities.get(key)
    return f"{known.name} ({known.kind})" if known else key[:24] or "unknown"

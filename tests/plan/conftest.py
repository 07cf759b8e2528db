from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from peerplan_jupyter.plan.document import Applied, PlanDocument
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.plan.schema import Actor

AGENT = Actor(id="did:key:z6MkAgentAgentAgentAgentAgentAgentAgent", name="builder", kind="agent")
MAIA = Actor(id="did:key:z6MkMaiaMaiaMaiaMaiaMaiaMaiaMaiaMaia", name="Maia", kind="human")
TOM = Actor(id="did:key:z6MkTomTomTomTomTomTomTomTomTomTom", name="Tom", kind="human")

CONTENT = """# Why

Sessions live in the web process today. Keys expire after thirty days.

## Expiry

Logging out deletes the key at once. 🙂 Keys expire after thirty days.
"""

Do = Callable[..., Applied]


@pytest.fixture
def plan() -> PlanDocument:
    document, _ = PlanDocument.create(
        CreatePlan(
            actor=AGENT,
            plan_id="sessions",
            title="Move sessions to Redis",
            content=CONTENT,
            steps=[{"title": "Adapter"}, {"title": "Expiry"}],
        )
    )
    return document


@pytest.fixture
def do(plan: PlanDocument) -> Do:
    """Apply an operation, given by its name and fields, to `plan` or to another document."""

    def act(actor: Actor, op: str, peer: PlanDocument | None = None, **fields: Any) -> Applied:
        return (peer or plan).apply(parse_operation({"op": op, **fields}, actor))

    return act


@pytest.fixture
def copy() -> Callable[[PlanDocument], PlanDocument]:
    """Another peer's document, equal at first."""

    def make(document: PlanDocument) -> PlanDocument:
        return PlanDocument.load([document.updates_since()])

    return make

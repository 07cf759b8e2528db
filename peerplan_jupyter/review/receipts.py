"""Receipts: that an agent's peer received what people wrote, and that the agent read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Literal

from ..errors import ForbiddenError
from ..plan.document import PlanDocument
from ..plan.operations import Acknowledge
from ..plan.schema import Actor, Annotation, Receipt
from ..store.feed import FeedRow
from ..sync.plans import Plans
from .feedback import FeedbackItem

State = Literal["received", "read"]
BATCH = 1_000
"""Items in one operation."""


def everything(document: PlanDocument) -> list[str]:
    """All that people wrote into a plan, as items of an `acknowledge` operation."""
    found = [item for one in document.annotations() for item in _of_annotation(document, one)]
    return found + [key for key, one in document.reviews.items() if _human(document, one.author)]


def shown(feedback: Iterable[FeedbackItem]) -> list[str]:
    """What people wrote in these threads and reviews."""
    found: list[str] = []
    for one in feedback:
        found += [one.id] if one.author_kind == "human" else []
        found += [f"{one.id}/{it['id']}" for it in one.replies if it["authorKind"] == "human"]
    return found


def acknowledge(
    plans: Plans, plan_id: str, actor: Actor, items: Sequence[str], state: State
) -> None:
    """Record what was not recorded yet; what was read was received as well.

    In a plan that this user was invited to, an agent may not write, and nothing is recorded.
    """
    if state == "read":
        acknowledge(plans, plan_id, actor, items, "received")
    document = plans.get(plan_id)
    due = [item for item in items if not _has(document.receipts.get(item), state)]
    for start in range(0, len(due), BATCH):
        part = due[start : start + BATCH]
        with suppress(ForbiddenError):
            plans.submit(plan_id, Acknowledge(actor=actor, items=part, state=state))


def note_read(
    plans: Plans,
    plan_id: str,
    actor: Actor,
    feedback: Iterable[FeedbackItem],
    rows: Sequence[FeedRow] = (),
) -> None:
    """Record that an agent read this feedback, and which rows of the feed it was handed."""
    acknowledge(plans, plan_id, actor, shown(feedback), "read")
    if rows:
        plans.journal.mark_seen(plan_id, actor.id, [row.key for row in rows])


def _of_annotation(document: PlanDocument, one: Annotation) -> list[str]:
    words = [(one.id, one.author)]
    words += [(f"{one.id}/{reply.id}", reply.author) for reply in one.replies]
    return [item for item, author in words if _human(document, author)]


def _human(document: PlanDocument, author: str) -> bool:
    known = document.identities.get(author)
    return known is None or known.kind == "human"


def _has(receipt: Receipt | None, state: State) -> bool:
    return receipt is not None and getattr(receipt, state) is not None

"""Plans in a few words each, as lists show them."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from ..plan.document import PlanDocument
from ..plan.schema import Status
from ..sync.plans import Plans
from .publishing import unpublished

_open: WeakKeyDictionary[PlanDocument, tuple[int, int]] = WeakKeyDictionary()
"""How many threads were open at which `seq`: a list that is asked for again counts nothing."""


def summaries(plans: Plans, reader: str) -> list[dict[str, Any]]:
    """All plans, the last created first; `unread` is for `reader`."""
    made = [_summary(plans, plan_id, reader) for plan_id in plans.ids()]
    waiting = {one.plan_id: one for one in plans.journal.outbox.pending()}
    for one in made:
        one["waiting"] = waiting[one["id"]].to_wire() if one["id"] in waiting else None
    return sorted(made, key=lambda one: (one["created"], one["id"]), reverse=True)


def _summary(plans: Plans, plan_id: str, reader: str) -> dict[str, Any]:
    document, binding = plans.get(plan_id), plans.journal.binding(plan_id)
    status: Status = document.standing.status
    feed = plans.journal.standing(plan_id, reader)
    created = document.field("created") or 0
    return {
        "id": plan_id,
        "title": document.title,
        "status": status,
        "pr": document.field("pr"),
        "repo": document.field("repo") or (binding.workdir if binding else None),
        "created": created,
        "updated": feed.updated or created,
        "unread": feed.unread,
        "open": _open_threads(document),
        "unpublished": unpublished(document, binding),
    }


def _open_threads(document: PlanDocument) -> int:
    seq, count = _open.get(document, (-1, 0))
    if seq != document.seq:
        count = sum(one.state == "open" and not one.withdrawn for one in document.annotations())
        _open[document] = (document.seq, count)
    return count

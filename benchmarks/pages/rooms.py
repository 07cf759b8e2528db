"""Plans, and the rooms in which pages share them."""

from __future__ import annotations

from typing import Any

from bench_document import ACTOR
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.sync.invitation import RoomSecret, issue
from peerplan_jupyter.sync.keys import b64u, did_of

PLAN = "bench"
Given = dict[str, Any]


def small_plan() -> PlanDocument:
    """What a plan under review is like: 50 paragraphs, 100 comments."""
    content = "\n\n".join(f"Paragraph {i} says something about sessions." for i in range(50))
    made, _ = PlanDocument.create(
        CreatePlan(actor=ACTOR, plan_id=PLAN, title="Bench", content=content)
    )
    for number in range(100):
        target = {"type": "text", "quote": {"exact": f"Paragraph {number % 50} says"}}
        wire = {
            "op": "annotate",
            "type": "concern",
            "content": "As people write.",
            "target": target,
        }
        made.apply(parse_operation(wire, ACTOR))
    return made


def room(server: str, document: str, **options: Any) -> tuple[Given, Given]:
    """What makes a page the owner of a new room, with the plan at `document`, and another a
    reviewer in it (see `OursGiven`).
    """
    key = Ed25519PrivateKey.generate()
    secret = RoomSecret.new(did_of(key))
    given = {"plan": PLAN, "servers": [server], **options}
    own = {"salt": b64u(secret.salt), "key": b64u(secret.key)}
    seed = b64u(key.private_bytes_raw())
    invitation = issue(key, secret, PLAN, "reviewer", servers=(server,))
    owner = {**given, **own, "seed": seed, "document": document}
    return owner, {**given, "fragment": invitation.fragment()}

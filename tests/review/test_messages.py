from __future__ import annotations

import json

from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.plan.schema import Actor
from peerplan_jupyter.review.messages import encoded, plain

MAIA = Actor(id="did:key:z6MkMaiaMaiaMaiaMaiaMaiaMaia", name="Maia", kind="human")


def test_a_message_with_a_plan_goes_out_as_plain_json_would():
    create = CreatePlan(actor=MAIA, plan_id="pp", title="Tür", content="Abc")
    document, _ = PlanDocument.create(create)
    target = {"type": "text", "quote": {"exact": "Abc"}}
    wire = {"op": "annotate", "type": "question", "content": "?", "target": target}
    document.apply(parse_operation(wire, MAIA))
    message = {"kind": "view", "view": {"plan": document.plan(), "live": {"since": None}}}
    assert json.loads(encoded(message)) == plain(message)
    assert plain(message)["view"]["plan"] == document.plan().to_wire()
    assert plain(message)["view"]["live"] == {"since": None}


def test_what_is_no_text_in_unicode_does_not_keep_a_message_from_going_out():
    assert json.loads(encoded({"kind": "live", "focus": "a\ud800b"})) == {
        "kind": "live",
        "focus": "a?b",
    }

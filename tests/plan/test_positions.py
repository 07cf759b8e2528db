from __future__ import annotations

import random

import pytest

from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.plan.positions import FEW, positions
from peerplan_jupyter.plan.schema import Actor

MAIA = Actor(id="did:key:z6MkMaiaMaiaMaiaMaiaMaiaMaia", name="Maia", kind="human")


def apply(document, op, **fields):
    document.apply(parse_operation({"op": op, **fields}, MAIA))


def quote(document, start, end):
    target = {"type": "text", "quote": {"exact": document.content[start:end]}}
    target["position"] = {"start": start, "end": end}
    apply(document, "annotate", type="concern", content="?", target=target)


def edit(document, content):
    apply(document, "edit_content", base=document.content, content=content)


def cursors(document):
    made = (one.target.cursor for one in document.annotations())
    return [text for one in made for text in (one.start, one.end)]


@pytest.mark.parametrize("seed", range(4))
def test_many_cursors_are_where_each_of_them_is(seed):
    """Whatever two people write into and out of the text between and around what is quoted."""
    rng = random.Random(seed)
    text = "".join(rng.choices("ab🙂 \n", k=300))
    one, _ = PlanDocument.create(CreatePlan(actor=MAIA, plan_id="pp", title="T", content=text))
    other = PlanDocument.load([one.updates_since()])
    for _ in range(12):
        for document in (one, other):
            for _ in range(4):
                start = rng.randrange(len(document.content) - 8)
                quote(document, start, start + rng.randrange(1, 8))
            start = rng.randrange(len(document.content))
            end = min(len(document.content), start + rng.choice((0, 2, 40)))
            come = "".join(rng.choices("ab🙂", k=rng.choice((0, 1, 20))))
            edit(document, document.content[:start] + come + document.content[end:])
        one.import_updates(other.updates_since(one.version()))
        other.import_updates(one.updates_since(other.version()))
    asked = cursors(one)
    assert len(set(asked)) > FEW
    alone = {text: positions(one.doc, [text])[text] for text in asked}
    assert positions(one.doc, asked) == alone
    assert {place.gone for place in alone.values()} == {True, False}


def test_what_is_no_cursor_of_the_content_is_left_out():
    made, _ = PlanDocument.create(CreatePlan(actor=MAIA, plan_id="pp", title="T", content="Words"))
    quote(made, 0, 5)
    first, last = cursors(made)
    assert positions(made.doc, [first, "AAAA", "no base64", "", last]).keys() == {first, last}

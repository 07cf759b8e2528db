from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.edits import Edits
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.plan.schema import Actor, Anchor

MAIA = Actor(id="did:key:z6MkMaiaMaiaMaiaMaiaMaiaMaia", name="Maia", kind="human")

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "anchor_shifts.json").read_text())


@pytest.mark.parametrize("case", VECTORS)
def test_anchors_move_as_the_shared_vectors_say(case):
    edits = Edits(case["delta"])
    touched = edits.touches(*case["anchor"])
    assert (None if touched else list(edits.move(*case["anchor"]))) == case["moved"]


WORDS = ("ab", "abab", "ba", "# a\n", "# b\n", "🙂", " ", "ab ba", "\n")


def anchors_of(document):
    return {one.id: one.anchor for one in document.annotations()}


def shown(before, change):
    """The anchors that a page shows after a change: moved by itself, or told."""
    edits = Edits(change.content["delta"]) if change.content else None
    now = {}
    for key, anchor in before.items():
        still = anchor.start is None or edits is None or edits.touches(anchor.start, anchor.end)
        start, end = (anchor.start, anchor.end) if still else edits.move(anchor.start, anchor.end)
        now[key] = anchor.model_copy(update={"start": start, "end": end})
    told = change.to_wire().get("annotations", {})
    return now | {key: Anchor.model_validate(one["anchor"]) for key, one in told.items()}


def edited(rng, content):
    """The content with some words put in, taken out or said otherwise."""
    for _ in range(rng.randrange(1, 4)):
        start = rng.randrange(len(content) + 1)
        end = min(len(content), start + rng.choice((0, 0, 1, 3, 9)))
        content = content[:start] + rng.choice(("", *WORDS)) + content[end:]
    return content


def quoted(rng, content):
    start = rng.randrange(max(len(content) - 8, 1))
    end = start + rng.randrange(1, 8)
    position = {"start": start, "end": min(end, len(content))}
    return {"type": "text", "quote": {"exact": content[start:end]}, "position": position}


@pytest.mark.parametrize("seed", range(20))
def test_kept_anchors_are_those_of_a_plan_that_is_read_anew(seed):
    rng = random.Random(seed)
    content = "".join(rng.choices(WORDS, k=40))
    document, _ = PlanDocument.create(
        CreatePlan(actor=MAIA, plan_id="pp", title="T", content=content)
    )
    other = PlanDocument.load([document.updates_since()])
    for number in range(60):
        writer, reader = (document, other) if rng.random() < 0.7 else (other, document)
        if number % 3 == 0 and writer.content:
            wire = {"op": "annotate", "type": "concern", "content": "?"}
            wire["target"] = quoted(rng, writer.content)
        else:
            wire = {"op": "edit_content", "base": writer.content}
            wire["content"] = edited(rng, writer.content)
        writer.apply(parse_operation(wire, MAIA))
        if rng.random() < 0.4:
            continue
        before = anchors_of(reader)
        change = reader.import_updates(writer.updates_since(reader.version()))
        fresh = anchors_of(PlanDocument.load([reader.updates_since()]))
        assert anchors_of(reader) == fresh
        if change is not None:
            assert shown(before, change) == fresh
    document.import_updates(other.updates_since())
    assert anchors_of(document) == anchors_of(PlanDocument.load([document.updates_since()]))


def test_an_edit_elsewhere_tells_nothing_of_texts_that_are_gone():
    content = "\n\n".join(f"Paragraph {number} says something." for number in range(30))
    document, _ = PlanDocument.create(
        CreatePlan(actor=MAIA, plan_id="pp", title="T", content=content)
    )
    for number in range(20):
        quote = {"exact": f"Paragraph {number} says"}
        wire = {"op": "annotate", "type": "concern", "content": "?"}
        wire["target"] = {"type": "text", "quote": quote}
        document.apply(parse_operation(wire, MAIA))

    def edit(old, new):
        wire = {"op": "edit_content", "base": document.content}
        wire["content"] = document.content.replace(old, new, 1)
        return document.apply(parse_operation(wire, MAIA)).change.to_wire().get("annotations", {})

    for number in range(10):
        assert len(edit(f"Paragraph {number} says something.", f"({number})")) == 1
    states = [one.anchor.state for one in document.annotations()]
    assert states == ["unanchored"] * 10 + ["anchored"] * 10
    assert edit("Paragraph 25 says", "Passage 25 says") == {}
    back = edit("Paragraph 28", "Paragraph 3 says so. Paragraph 28")
    assert [one["anchor"]["state"] for one in back.values()] == ["anchored"]

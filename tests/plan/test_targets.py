from __future__ import annotations

from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerplan_jupyter.errors import InvalidInputError, NotFoundError
from peerplan_jupyter.plan.edits import Edits
from peerplan_jupyter.plan.schema import TextTarget
from peerplan_jupyter.plan.targets import by_quote

from .conftest import AGENT, CONTENT, MAIA

TWICE = "Keys expire after thirty days"


def text(exact, **more):
    return {"type": "text", "quote": {"exact": exact, **more}}


@pytest.fixture
def annotate(plan, do):
    def make(target):
        done = do(MAIA, "annotate", type="question", content="?", target=target)
        return done.change.news[0].id

    return make


@pytest.fixture
def now(plan):
    """The text an annotation is about now, or the state of its anchor."""

    def read(key):
        anchor = plan.annotation(key).anchor
        return plan.content[anchor.start : anchor.end] if anchor.start is not None else anchor.state

    return read


def test_a_quote_is_completed_with_context_position_block_and_cursor(plan, annotate):
    target = plan.annotation(annotate(text("deletes the key"))).target
    assert target.block == "Expiry"
    assert target.quote.prefix.endswith("Logging out ")
    assert CONTENT[target.position.start : target.position.end] == "deletes the key"
    assert target.cursor


def test_positions_count_code_points(plan, annotate, now):
    key = annotate(text(TWICE, prefix="🙂 "))
    assert plan.annotation(key).target.position.start == CONTENT.rindex(TWICE)
    assert now(key) == TWICE


def test_an_ambiguous_quote_is_refused_at_creation(annotate):
    with pytest.raises(InvalidInputError, match="more than once"):
        annotate(text(TWICE))


def test_a_quote_that_is_not_in_the_plan_is_refused_with_the_current_text(annotate, plan):
    with pytest.raises(InvalidInputError, match="not in the plan") as refused:
        annotate(text("Something else"))
    assert refused.value.data["current"] == plan.content


def test_position_says_which_of_two_is_meant(plan, annotate):
    start = CONTENT.rindex(TWICE)
    target = text(TWICE) | {"position": {"start": start, "end": start + len(TWICE)}}
    assert plan.annotation(annotate(target)).anchor.start == start


def test_an_annotation_moves_with_its_text(do, annotate, now):
    key = annotate(text("deletes the key"))
    do(AGENT, "edit_content", base=CONTENT, content="Before.\n\n" + CONTENT + "After.\n")
    assert now(key) == "deletes the key"


def test_an_annotation_stays_with_text_that_was_reworded(do, annotate, now):
    key = annotate(text("Logging out deletes the key at once."))
    edited = CONTENT.replace("deletes the key at", "removes the key at")
    do(AGENT, "edit_content", base=CONTENT, content=edited)
    assert now(key) == "Logging out removes the key at once."


def test_an_annotation_whose_text_is_gone_is_unanchored_and_keeps_its_quote(
    plan, do, annotate, now
):
    key = annotate(text("Logging out deletes the key at once."))
    edited = CONTENT.replace("Logging out deletes the key at once. 🙂 ", "")
    change = do(AGENT, "edit_content", base=CONTENT, content=edited).change
    assert now(key) == "unanchored"
    assert change.entities["annotations"][key]["anchor"] == {"state": "unanchored"}
    assert plan.annotation(key).target.quote.exact.startswith("Logging out")


def test_an_annotation_comes_back_with_its_text(do, annotate, now):
    key = annotate(text("Logging out deletes the key at once."))
    without = CONTENT.replace("Logging out deletes the key at once. 🙂 ", "")
    do(AGENT, "edit_content", base=CONTENT, content=without)
    do(AGENT, "edit_content", base=without, content=CONTENT)
    assert now(key) == "Logging out deletes the key at once."


def test_text_that_comes_back_twice_without_context_is_ambiguous(do, annotate, now):
    key = annotate(text("Logging out deletes the key at once."))
    do(AGENT, "edit_content", base=CONTENT, content="Gone.")
    again = "\n\n".join(["a", "Logging out deletes the key at once.", "b"] * 2)
    do(AGENT, "edit_content", base="Gone.", content=again)
    assert now(key) == "ambiguous"


def test_a_lost_annotation_is_re_anchored_by_a_person(do, annotate, now):
    key = annotate(text("Logging out deletes the key at once."))
    do(AGENT, "edit_content", base=CONTENT, content="Something new.")
    do(MAIA, "reanchor", annotationId=key, target=text("new"))
    assert now(key) == "new"


def test_steps_and_artifacts_must_exist_to_be_a_target(annotate):
    for target in ({"type": "step", "stepId": "x"}, {"type": "artifact", "artifactId": "x"}):
        with pytest.raises(NotFoundError):
            annotate(target)


def test_a_step_annotation_carries_the_step_id_of_the_data_model(plan, annotate):
    key = annotate({"type": "step", "stepId": "step-2"})
    assert plan.annotation(key).to_wire()["stepId"] == "step-2"


def test_anchors_follow_concurrent_edits_of_another_peer(plan, do, annotate, now, copy):
    key = annotate(text("deletes the key"))
    other = copy(plan)
    do(AGENT, "edit_content", peer=other, base=CONTENT, content="# New\n\n" + CONTENT)
    do(AGENT, "edit_content", base=CONTENT, content=CONTENT.replace("today", "now"))
    plan.import_updates(other.updates_since(plan.version()))
    assert now(key) == "deletes the key"


def test_a_paragraph_among_others_like_it_takes_its_annotations_along(do, annotate, now):
    many = "\n\n".join(f"Paragraph {n}. Lorem ipsum dolor sit amet." for n in range(1, 20))
    do(AGENT, "edit_content", base=CONTENT, content=many)
    keys = [annotate(text(f"Paragraph {n}. Lorem ipsum")) for n in (8, 9, 10)]
    without = many.replace("Paragraph 9. Lorem ipsum dolor sit amet.\n\n", "")
    do(AGENT, "edit_content", base=many, content=without)
    assert [now(key) for key in keys] == [
        "Paragraph 8. Lorem ipsum",
        "unanchored",
        "Paragraph 10. Lorem ipsum",
    ]
    do(AGENT, "edit_content", base=without, content=many)
    assert now(keys[1]) == "Paragraph 9. Lorem ipsum"


def test_every_peer_finds_an_annotation_at_the_same_place(plan, do, annotate, copy):
    key = annotate(text("Logging out deletes the key at once."))
    line = "Logging out deletes the key at once."
    for content in ("Gone.\n", f"Gone.\n{line}\n", f"{line}\n\nGone.\n{line}\n"):
        do(AGENT, "edit_content", base=plan.content, content=content)
        assert plan.annotation(key).anchor == copy(plan).annotation(key).anchor


@given(
    *[st.text("ab🙂", max_size=size) for size in (40, 6, 6)],
    st.text("ab🙂", min_size=1, max_size=3),
)
def test_the_place_with_most_of_its_context_is_found(content, prefix, suffix, exact):
    """As the sum, letter by letter, of what is the same before and after the quote."""

    def score(at):
        before, after = content[:at][::-1], content[at + len(exact) :]
        return same(before, prefix[::-1]) + same(after, suffix)

    def same(one, other):
        pairs = zip(one, other, strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    places = [at for at in range(len(content)) if content.startswith(exact, at)]
    best = [at for at in places if score(at) == max(map(score, places))]
    quote = {"exact": exact, "prefix": prefix, "suffix": suffix}
    anchor = by_quote(TextTarget.model_validate({"quote": quote}), content)
    assert anchor.start == (best[0] if len(best) == 1 else None)
    assert anchor.state == ("unanchored", "anchored", "ambiguous")[min(len(best), 2)]


@given(st.data())
def test_shifting_a_range_agrees_with_marking_its_characters(data):
    old = list(range(30))
    parts, position, new = [], 0, []
    while position < 30:
        kind = data.draw(st.sampled_from(["retain", "delete", "insert"]))
        size = data.draw(st.integers(1, 8))
        if kind == "insert":
            parts.append({"insert": "x" * size})
            new += [None] * size
            continue
        size = min(size, 30 - position)
        parts.append({kind: size})
        new += old[position : position + size] if kind == "retain" else []
        position += size
    start = data.draw(st.integers(0, 28))
    end = data.draw(st.integers(start + 1, 30))
    edits = Edits(parts)
    if edits.touches(start, end):
        kept = [i for i, mark in enumerate(new) if mark is not None and start <= mark < end]
        assert len(kept) < end - start or kept[-1] - kept[0] != end - start - 1
    else:
        moved = edits.move(start, end)
        assert new[slice(*moved)] == old[start:end]

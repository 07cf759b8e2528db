"""Documents that peers wrote otherwise than we do."""

from __future__ import annotations

import base64

import loro
import pytest

from peerplan_jupyter.errors import InvalidInputError, NotFoundError, UnsupportedSchemaError
from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.names import distinct, hashed_name

from .conftest import AGENT, CONTENT, MAIA

SHA = "sha256:" + "ab" * 32


def reread(plan: PlanDocument) -> PlanDocument:
    return PlanDocument.load([plan.updates_since()])


def artifact(key, file="a.png", sha=SHA):
    return {"id": key, "type": "screenshot", "file": file, "hash": sha}


def test_a_record_under_anothers_id_is_not_shown(plan, do):
    key = do(MAIA, "annotate", type="question", content="?", target={"type": "plan"}).change.news[0]
    record = plan.raw.record("annotations", key.id)
    plan.raw.write("annotations", "other", record)
    plan.raw.write("annotations", key.id, {"reply:x": {**record, "id": "y"}})
    plan.raw.write("artifacts", "a1", artifact("a2"))
    loaded = reread(plan)
    assert [one.id for one in loaded.annotations()] == [key.id]
    assert loaded.annotations()[0].replies == []
    assert loaded.artifacts == {}


def test_only_wire_names_are_read_from_records(plan):
    written = {**artifact("a1"), "media_type": "image/png", "step_id": "step-1"}
    plan.raw.write("artifacts", "a1", written)
    found = reread(plan).artifacts["a1"]
    assert (found.media_type, found.step_id) == ("application/octet-stream", None)


@pytest.mark.parametrize("field", [{"timestamp": "7"}, {"timestamp": True}, {"name": b"n"}])
def test_a_record_with_a_value_of_another_type_is_left_out(plan, field):
    plan.raw.write("artifacts", "a1", {**artifact("a1"), **field})
    assert reread(plan).artifacts == {}


def test_a_whole_number_is_an_integer_however_it_was_stored(plan):
    plan.raw.write("artifacts", "a1", {**artifact("a1"), "timestamp": 7.0})
    plan.raw.put("plan", "pr", 7.0)
    assert reread(plan).artifacts["a1"].timestamp == 7
    assert reread(plan).field("pr") == 7


def test_nobody_can_take_all_names_of_a_file():
    taken = [(f"a{n}", hashed_name("s.png", SHA, n), "sha256:00") for n in (8, 16, 32, 64)]
    taken += [("a", "s.png", "sha256:01"), ("b", "2-s.png", "sha256:02")]
    names = distinct([*taken, ("z", "s.png", SHA)])
    assert len(set(names.values())) == len(names)


def test_hashes_that_only_differ_late_keep_names_short():
    names = distinct([("a", "s.png", "x" * 900 + "1"), ("b", "s.png", "x" * 900 + "2")])
    assert names["a"] == "s.png"
    assert names["b"].endswith(".png")
    assert len(names["b"]) < 200


def test_text_elsewhere_in_the_document_is_not_the_content(plan, do):
    key = do(MAIA, "annotate", type="question", content="?", target={"type": "plan"}).change.news[0]
    entity = plan.doc.get_map("annotations").get(key.id).container
    entity.insert_container("more", loro.LoroText()).insert(0, "hello")
    change = do(MAIA, "edit_title", title="New").change
    assert change.content is None
    assert plan.content == CONTENT


def test_a_step_after_something_else_is_the_one_that_changes(plan, do):
    plan.doc.get_movable_list("steps").insert(0, "no step")
    plan.doc.commit()
    plan.forget("steps")
    do(AGENT, "update_step", stepId="step-2", title="Second")
    do(AGENT, "remove_step", stepId="step-1")
    assert [one.title for one in plan.steps] == ["Second"]


def test_a_cursor_of_another_text_leads_nowhere(plan, do):
    target = {"type": "text", "quote": {"exact": "Sessions live"}}
    told = do(MAIA, "annotate", type="question", content="?", target=target).change
    (key,) = told.entities["annotations"]
    other = plan.doc.get_text("other")
    other.insert(0, CONTENT)
    stolen = other.get_cursor(30, loro.Side.Left)
    stored = plan.raw.record("annotations", key)["target"]
    pair = dict.fromkeys(("start", "end"), _encoded(stolen))
    plan.raw.write("annotations", key, {"target": {**stored, "cursor": pair}})
    loaded = reread(plan)
    anchor = loaded.annotation(key).anchor
    assert loaded.content[anchor.start : anchor.end] == "Sessions live"


def _encoded(cursor: loro.Cursor) -> str:
    return base64.b64encode(cursor.encode()).decode()


def test_a_position_past_the_end_binds_to_where_the_quote_ends(plan, do):
    exact, start = CONTENT[-5:], len(CONTENT) - 5
    position = {"start": start, "end": start + 100}
    target = {"type": "text", "quote": {"exact": exact}, "position": position}
    told = do(MAIA, "annotate", type="question", content="?", target=target).change
    (one,) = told.entities["annotations"].values()
    assert one["anchor"] == {"state": "anchored", "start": start, "end": len(CONTENT)}


def test_a_plan_whose_steps_share_an_id_is_refused_before_anything_is_written(do):
    empty = PlanDocument()
    steps = [{"id": "one", "title": "One"}, {"id": "one", "title": "Two"}]
    with pytest.raises(InvalidInputError):
        do(AGENT, "create_plan", empty, planId="a-plan", title="A plan", steps=steps)
    assert not empty.exists
    assert empty.content == ""


def test_a_document_with_an_id_that_is_none_holds_no_plan(plan):
    plan.raw.put("plan", "id", "NOT AN ID")
    assert not plan.exists
    with pytest.raises(NotFoundError):
        plan.plan()


def test_a_schema_of_a_newer_plan_is_seen_however_it_was_stored(plan):
    plan.raw.put("plan", "schema", 2.0)
    with pytest.raises(UnsupportedSchemaError):
        reread(plan)


def test_artifacts_that_were_never_read_are_all_told(plan, do):
    plan.raw.write("artifacts", "a1", artifact("a1"))
    fresh = reread(plan)
    change = do(AGENT, "withdraw_artifact", fresh, artifactId="a1").change
    assert list(change.entities["artifacts"]) == ["a1"]

from __future__ import annotations

import gc
import weakref

import pytest

from peerplan_jupyter.errors import (
    DocumentError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    StaleError,
    TooLargeError,
    UnsupportedSchemaError,
)
from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.plan.schema import PlanFile

from .conftest import AGENT, CONTENT, MAIA, TOM

SHA = "sha256:" + "ab" * 32


def test_a_new_plan_is_a_draft_owned_by_its_actor(plan):
    made = plan.plan()
    assert (made.id, made.status, made.owner) == ("sessions", "draft", AGENT.id)
    assert [step.id for step in made.steps] == ["step-1", "step-2"]
    assert made.identities[AGENT.id].kind == "agent"


def test_plan_json_reads_back_as_it_was_written(plan, do):
    do(MAIA, "annotate", type="question", content="Why?", target={"type": "plan"})
    wire = plan.plan().to_wire()
    assert PlanFile.model_validate({"plan": wire}).plan.to_wire() == wire


def test_an_operation_applied_twice_changes_nothing_the_second_time(plan, do):
    op = {"id": new_id(), "base": CONTENT, "content": CONTENT + "More.\n"}
    do(AGENT, "edit_content", **op)
    version = plan.version()
    assert do(AGENT, "edit_content", **op).update == b""
    assert plan.version() == version


def test_edits_of_different_lines_are_merged(plan, do):
    do(MAIA, "edit_content", base=CONTENT, content=CONTENT.replace("# Why", "# Reason"))
    do(AGENT, "edit_content", base=CONTENT, content=CONTENT + "More.\n")
    assert plan.content == CONTENT.replace("# Why", "# Reason") + "More.\n"


def test_a_stale_edit_is_refused_with_the_current_text(plan, do):
    do(MAIA, "edit_content", base=CONTENT, content=CONTENT.replace("today", "now"))
    with pytest.raises(StaleError) as refused:
        do(AGENT, "edit_content", base=CONTENT, content=CONTENT.replace("today", "still"))
    assert refused.value.data["current"] == plan.content == CONTENT.replace("today", "now")


def test_a_merge_that_grows_past_the_limit_is_refused(plan, do):
    do(AGENT, "edit_content", base=CONTENT, content="x" * 120_000 + "\n" + CONTENT)
    with pytest.raises(TooLargeError, match="200000"):
        do(MAIA, "edit_content", base=CONTENT, content=CONTENT + "y" * 120_000)


def test_steps_are_added_updated_moved_and_removed(plan, do):
    do(AGENT, "add_step", step={"title": "Roll-out", "criteria": ["No sign-out"]}, index=0)
    do(AGENT, "update_step", stepId="step-1", status="done", title="The adapter")
    do(AGENT, "move_step", stepId="step-1", index=2)
    do(AGENT, "remove_step", stepId="step-2")
    assert [(s.title, s.status) for s in plan.steps] == [
        ("Roll-out", "todo"),
        ("The adapter", "done"),
    ]
    assert plan.steps[0].id.startswith("step-3-")


def test_an_unknown_step_is_named_with_those_there_are(do):
    with pytest.raises(NotFoundError, match="step-9") as refused:
        do(AGENT, "update_step", stepId="step-9", status="done")
    assert refused.value.data["steps"] == ["step-1", "step-2"]


def test_a_thread_is_answered_edited_resolved_and_reopened(plan, do):
    key = (
        do(MAIA, "annotate", type="concern", content="Hm", target={"type": "plan"})
        .change.news[0]
        .id
    )
    do(AGENT, "reply", annotationId=key, content="Done")
    do(MAIA, "edit", annotationId=key, content="Hmm")
    do(AGENT, "set_disposition", annotationId=key, disposition="applied", note="See step 1")
    do(MAIA, "resolve", annotationId=key)
    one = plan.annotation(key)
    assert (one.content, one.state, one.replies[0].content) == ("Hmm", "resolved", "Done")
    assert one.edited
    assert one.disposition.value == "applied"
    do(TOM, "reopen", annotationId=key)
    assert plan.annotation(key).state == "open"
    assert plan.annotation(key).state_change.by == TOM.id


def test_only_its_author_edits_or_withdraws_an_annotation(plan, do):
    key = (
        do(MAIA, "annotate", type="concern", content="Hm", target={"type": "plan"})
        .change.news[0]
        .id
    )
    reply = do(TOM, "reply", annotationId=key, content="Yes").change.news[0].reply
    for op in ({"op": "edit", "content": "No"}, {"op": "withdraw"}):
        with pytest.raises(ForbiddenError):
            do(TOM, annotationId=key, **op)
    with pytest.raises(ForbiddenError):
        do(MAIA, "edit", annotationId=key, replyId=reply, content="No")
    do(TOM, "edit", annotationId=key, replyId=reply, content="Yes!")
    assert plan.annotation(key).replies[0].content == "Yes!"


def test_a_withdrawn_annotation_takes_no_replies(do):
    key = (
        do(MAIA, "annotate", type="concern", content="Hm", target={"type": "plan"})
        .change.news[0]
        .id
    )
    do(MAIA, "withdraw", annotationId=key)
    with pytest.raises(NotFoundError, match="withdrawn"):
        do(TOM, "reply", annotationId=key, content="Late")


def test_reactions_are_given_once_each_and_taken_back(plan, do):
    key = (
        do(MAIA, "annotate", type="concern", content="Hm", target={"type": "plan"})
        .change.news[0]
        .id
    )
    do(TOM, "react", annotationId=key, emoji="👍")
    do(TOM, "react", annotationId=key, emoji="👍")
    assert plan.annotation(key).reactions == {"👍": [TOM.id]}
    do(TOM, "react", annotationId=key, emoji="👍", on=False)
    assert plan.annotation(key).reactions == {}


def test_two_artifacts_of_one_name_get_distinct_files(plan, do):
    for sha, name in ((SHA, "shot.png"), ("sha256:" + "cd" * 32, "Shot.png"), (SHA, "shot.png")):
        do(AGENT, "add_artifact", type="screenshot", name=name, file=name, hash=sha, size=3,
           mediaType="image/png")  # fmt: skip
    assert [one.file for one in plan.artifacts.values()] == [
        "shot.png",
        "Shot.cdcdcdcd.png",
        "shot.png",
    ]


def test_a_withdrawn_artifact_stays_on_record(plan, do):
    do(AGENT, "add_artifact", artifactId="a1", type="log", name="l", file="l", hash=SHA, size=1,
       mediaType="text/plain")  # fmt: skip
    before = plan.digest
    do(AGENT, "withdraw_artifact", artifactId="a1", reason="Wrong run")
    assert plan.artifacts["a1"].withdrawn.reason == "Wrong run"
    assert plan.digest != before


def test_receipts_show_on_annotations_and_replies(plan, do):
    key = (
        do(MAIA, "annotate", type="concern", content="Hm", target={"type": "plan"})
        .change.news[0]
        .id
    )
    reply = do(TOM, "reply", annotationId=key, content="Yes").change.news[0].reply
    change = do(AGENT, "acknowledge", items=[key, f"{key}/{reply}"], state="read", at=7).change
    assert plan.annotation(key).receipt.read == 7
    assert plan.annotation(key).replies[0].receipt.read == 7
    assert list(change.entities["annotations"]) == [key]


def test_two_peers_come_to_the_same_plan(plan, do, copy):
    other = copy(plan)
    do(MAIA, "annotate", type="concern", content="Here", target={"type": "plan"})
    do(TOM, "annotate", peer=other, type="question", content="There", target={"type": "plan"})
    do(TOM, "edit_content", peer=other, base=CONTENT, content=CONTENT + "End.\n")
    plan.import_updates(other.updates_since(plan.version()))
    other.import_updates(plan.updates_since(other.version()))
    assert plan.plan() == other.plan()
    assert len(plan.annotations()) == 2


def test_the_same_operation_at_two_peers_is_one_annotation(plan, do, copy):
    other = copy(plan)
    op = {"id": new_id(), "type": "concern", "content": "Once", "target": {"type": "plan"}}
    do(MAIA, "annotate", **op)
    do(MAIA, "annotate", peer=other, **op)
    do(TOM, "reply", annotationId=op["id"], content="Here")
    plan.import_updates(other.updates_since(plan.version()))
    assert [(a.content, len(a.replies)) for a in plan.annotations()] == [("Once", 1)]


def test_an_import_that_brings_nothing_new_is_no_change(plan, copy):
    assert plan.import_updates(copy(plan).updates_since()) is None


@pytest.mark.parametrize("blob", [b"", b"loro", b"\x00" * 40, b"loro" + b"\xff" * 16 + b"\x00\x03"])
def test_what_is_not_an_update_is_refused(plan, blob):
    with pytest.raises(DocumentError):
        plan.import_updates(blob)
    assert plan.title == "Move sessions to Redis"


def test_a_broken_update_leaves_the_plan_as_it_was(plan, copy, do):
    other = copy(plan)
    blob = bytearray(do(MAIA, "edit_title", peer=other, title="Other").update)
    blob[-1] ^= 0xFF
    with pytest.raises(DocumentError):
        plan.import_updates(bytes(blob))
    assert plan.title == "Move sessions to Redis"


def test_a_plan_of_a_newer_schema_is_refused_with_both_numbers(plan):
    plan.raw.put("plan", "schema", 99)
    with pytest.raises(UnsupportedSchemaError, match=r"99.*1"):
        PlanDocument.load([plan.updates_since()])


def test_records_that_are_not_in_our_form_are_left_out(plan, do):
    nested: object = 1
    for _ in range(3000):
        nested = [nested]
    plan.raw.write("annotations", "bad", {"id": "bad", "type": 7, "target": nested})
    plan.raw.write("reviews", "bad", {"verdict": "approved"})
    plan.raw.put("identities", "x", "y")
    do(MAIA, "annotate", type="concern", content="Good", target={"type": "plan"})
    assert [one.content for one in plan.plan().annotations] == ["Good"]


def test_a_change_set_names_only_what_changed(plan, do):
    for number in range(20):
        do(MAIA, "annotate", type="concern", content=str(number), target={"type": "plan"})
    change = do(TOM, "annotate", type="question", content="Last", target={"type": "plan"}).change
    wire = change.to_wire()
    assert set(wire) == {"seq", "annotations", "identities"}
    assert [one["content"] for one in wire["annotations"].values()] == ["Last"]


def test_change_sets_told_one_after_another_make_the_whole_view(plan, do):
    seen = {"title": plan.title}
    change = do(AGENT, "edit_title", title="New").change.to_wire()
    seen |= change["header"]
    assert seen["title"] == "New"
    requested = do(AGENT, "request_review").change.to_wire()
    assert requested["header"] == {"status": "pending_review"}
    assert [one["number"] for one in requested["revisions"].values()] == [1]


def test_an_operation_before_there_is_a_plan_is_refused(do):
    with pytest.raises(NotFoundError):
        do(MAIA, "edit_title", peer=PlanDocument(), title="x")


def test_a_plan_cannot_be_created_twice(do):
    with pytest.raises(InvalidInputError, match="sessions"):
        do(AGENT, "create_plan", planId="sessions", title="Again")


def test_steps_that_two_peers_add_at_once_are_both_there(plan, do, copy):
    other = copy(plan)
    do(MAIA, "add_step", step={"title": "Here"})
    do(TOM, "add_step", peer=other, step={"title": "There"})
    plan.import_updates(other.updates_since(plan.version()))
    assert sorted(one.title for one in plan.steps) == ["Adapter", "Expiry", "Here", "There"]


def test_steps_that_came_under_one_id_are_told_apart(plan, do, copy):
    other = copy(plan)
    do(MAIA, "add_step", step={"id": "same", "title": "Here"})
    do(TOM, "add_step", peer=other, step={"id": "same", "title": "There"})
    plan.import_updates(other.updates_since(plan.version()))
    ids = [one.id for one in plan.steps]
    assert ids[2:] == ["same", "same_2"]
    do(MAIA, "update_step", stepId="same_2", status="done")
    assert [one.status for one in plan.steps] == ["todo", "todo", "todo", "done"]
    do(MAIA, "remove_step", stepId="same")
    assert len(plan.steps) == 3


def test_a_large_plan_can_be_rewritten_as_a_whole(plan, do):
    words = [f"word{number * 7919 % 5000}" for number in range(20_000)]
    before = "\n".join(" ".join(words[i : i + 12]) for i in range(0, 10_000, 12))
    after = "\n".join(" ".join(words[i : i + 11]) for i in range(10_000, 20_000, 11))
    do(AGENT, "edit_content", base=CONTENT, content=before)
    do(AGENT, "edit_content", base=before, content=after)
    assert plan.content == after


def test_an_artifact_is_not_replaced_by_another_of_its_id(plan, do):
    fields = {"artifactId": "a1", "type": "log", "name": "l", "file": "l", "size": 1}
    fields |= {"mediaType": "text/plain"}
    do(MAIA, "add_artifact", hash=SHA, **fields)
    with pytest.raises(InvalidInputError, match="already"):
        do(AGENT, "add_artifact", hash="sha256:" + "cd" * 32, **fields)
    assert plan.artifacts["a1"].hash == SHA


def test_a_name_that_looks_hashed_takes_nobodys_place(plan, do):
    two = "sha256:" + "cd" * 32
    for name, sha in (("c.txt", SHA), ("c.cdcdcdcd.txt", "sha256:" + "ef" * 32), ("c.txt", two)):
        do(AGENT, "add_artifact", type="log", name=name, file=name, hash=sha, size=1,
           mediaType="text/plain")  # fmt: skip
    assert len({one.file for one in plan.artifacts.values()}) == 3


def test_the_deciding_reviews_receipt_is_told_wherever_it_is(plan, do, copy):
    do(AGENT, "request_review")
    bound = {"revision": plan.revision.id, "digest": plan.revision.digest}
    key = do(MAIA, "submit_review", verdict="approved", **bound).change.news[0].id
    assert plan.plan().review.receipt is None
    do(AGENT, "acknowledge", items=[key], state="read")
    assert plan.plan() == copy(plan).plan()


def test_edits_that_together_pass_the_limit_leave_a_plan_that_can_be_read(plan, do, copy):
    other = copy(plan)
    do(MAIA, "edit_content", base=CONTENT, content=CONTENT + "a" * 150_000)
    do(TOM, "edit_content", peer=other, base=CONTENT, content=CONTENT + "b" * 150_000)
    plan.import_updates(other.updates_since(plan.version()))
    assert len(plan.plan().content) > 300_000
    do(MAIA, "edit_content", base=plan.content, content=CONTENT)
    assert plan.content == CONTENT


def test_fields_of_the_plan_that_are_not_in_our_form_hide_nothing(plan):
    for name, value in {"title": "", "pr": "x", "branch": [1], "owner": 5, "created": -1}.items():
        plan.raw.put("plan", name, value)
    made = PlanDocument.load([plan.updates_since()]).plan()
    assert (made.title, made.pr, made.branch, made.owner) == ("(untitled)", None, None, "")
    assert made.content == CONTENT


def test_an_operation_from_the_future_is_refused(do):
    with pytest.raises(InvalidInputError, match="future"):
        do(AGENT, "request_review", id="7" + "Z" * 25)


@pytest.mark.parametrize("file", ["../x", "plan.json", ".git", "-x", "a/b", "a\x00b"])
def test_evidence_is_recorded_under_plain_names_only(do, file):
    with pytest.raises(InvalidInputError):
        do(AGENT, "add_artifact", type="log", name="x", file=file, hash=SHA, size=1,
           mediaType="text/plain")  # fmt: skip


def test_a_document_that_nobody_holds_goes_away(plan, do):
    fresh = PlanDocument.load([plan.updates_since()])
    do(MAIA, "edit_title", fresh, title="New")
    seen = weakref.ref(fresh)
    del fresh
    gc.collect()
    assert seen() is None

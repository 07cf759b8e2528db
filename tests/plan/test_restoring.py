from __future__ import annotations

from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.restoring import restore
from peerplan_jupyter.plan.schema import PlanFile

from .conftest import AGENT, CONTENT, MAIA, TOM

SEED = {
    "plan": {
        "id": "abc123",
        "pr": 123,
        "branch": "feature/add-auth",
        "title": "Implementation Plan",
        "content": "...",
        "steps": [{"id": "step-1", "title": "One", "description": "Do it"}],
        "status": "pending_review",
        "artifacts": [
            {
                "type": "screenshot",
                "id": "a1",
                "url": "https://raw.githubusercontent.com/o/r/plan-artifacts/pr-123/plan-abc123/s.png",
                "hash": "sha256:" + "ab" * 32,
            }
        ],
        "annotations": [
            {
                "id": "ann-1",
                "stepId": "step-1",
                "author": "peer-id",
                "type": "question",
                "content": "Why?",
                "timestamp": 1234567890,
            }
        ],
        "review": None,
    }
}


def test_a_plan_json_of_the_first_data_model_becomes_a_document():
    made = PlanDocument.load([restore(PlanFile.model_validate(SEED).plan)]).plan()
    assert (made.id, made.pr, made.steps[0].description) == ("abc123", 123, "Do it")
    assert made.annotations[0].content == "Why?"
    assert made.artifacts[0].file == "s.png"


def test_a_whole_plan_is_restored_as_it_was(plan, do):
    do(MAIA, "set_policy", approvals=2)
    quote = {"exact": "deletes the key"}
    target = {"type": "text", "quote": quote}
    key = do(MAIA, "annotate", type="concern", content="Hm", target=target).change.news[0].id
    do(AGENT, "reply", annotationId=key, content="Yes")
    do(TOM, "react", annotationId=key, emoji="👍")
    do(AGENT, "set_disposition", annotationId=key, disposition="applied")
    do(MAIA, "resolve", annotationId=key)
    do(AGENT, "request_review")
    before = plan.plan()
    made = PlanDocument.load([restore(before)]).plan()
    assert made == before


def test_two_who_restore_one_plan_json_make_one_history(plan):
    blob = restore(plan.plan())
    one, other = PlanDocument.load([blob]), PlanDocument.load([restore(plan.plan())])
    assert one.version() == other.version()
    assert one.import_updates(blob) is None
    assert one.content == CONTENT

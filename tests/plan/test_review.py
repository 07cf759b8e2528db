from __future__ import annotations

import hashlib
import time

import pytest
import rfc8785
from ulid import ULID

from peerplan_jupyter.errors import ForbiddenError, StaleError

from .conftest import AGENT, MAIA, TOM


@pytest.fixture
def verdict(plan, do):
    def give(actor, verdict, **fields):
        current = plan.revision
        bound = {"revision": current.id, "digest": current.digest}
        return do(actor, "submit_review", verdict=verdict, **{**bound, **fields})

    return give


def test_a_requested_review_is_pending_until_a_person_approves(plan, do, verdict):
    do(AGENT, "request_review", note="First")
    assert plan.standing.status == "pending_review"
    verdict(MAIA, "approved", summary="Good")
    assert plan.standing.status == "approved"
    assert plan.standing.review.summary == "Good"


def test_the_digest_is_sha256_over_canonical_json_of_the_frozen_state(plan, do):
    do(AGENT, "request_review")
    frozen = plan.raw.record("revisions", plan.revision.id)["frozen"]
    expected = "sha256:" + hashlib.sha256(rfc8785.dumps(frozen)).hexdigest()
    assert plan.revision.digest == plan.digest == expected


@pytest.mark.parametrize(
    "edit",
    [
        {"op": "edit_title", "title": "Other"},
        {"op": "add_step", "step": {"title": "More"}},
        {"op": "update_step", "stepId": "step-1", "description": "More"},
    ],
)
def test_an_edit_after_the_approval_makes_it_stale(plan, do, verdict, edit):
    do(AGENT, "request_review")
    verdict(MAIA, "approved")
    do(AGENT, **edit)
    assert plan.standing.status == "draft"
    assert plan.standing.approval.stale


def test_ticking_off_a_step_leaves_its_approval_standing(plan, do, verdict):
    do(AGENT, "request_review")
    verdict(MAIA, "approved")
    do(AGENT, "update_step", stepId="step-1", status="done")
    assert plan.standing.status == "approved"


def test_requested_changes_stand_until_the_next_revision(plan, do, verdict):
    do(AGENT, "request_review")
    verdict(MAIA, "changes_requested")
    do(AGENT, "edit_title", title="Other")
    assert plan.standing.status == "changes_requested"
    do(AGENT, "request_review")
    assert plan.standing.status == "pending_review"
    assert [one.number for one in plan.revisions] == [1, 2]


def test_a_verdict_on_an_older_revision_is_refused_with_the_current_one(plan, do, verdict):
    do(AGENT, "request_review")
    old = plan.revision
    do(AGENT, "edit_title", title="Other")
    do(AGENT, "request_review")
    with pytest.raises(StaleError, match="r2") as refused:
        verdict(MAIA, "approved", revision=old.id, digest=old.digest)
    assert refused.value.data["current"]["id"] == plan.revision.id
    with pytest.raises(StaleError):
        verdict(MAIA, "approved", digest=old.digest)


def test_no_verdict_without_a_revision(do):
    with pytest.raises(StaleError, match="Nobody has asked"):
        do(MAIA, "submit_review", verdict="commented", revision="x", digest="sha256:" + "0" * 64)


def test_an_agent_cannot_approve_withdraw_or_change_the_policy(plan, do, verdict):
    do(AGENT, "request_review")
    with pytest.raises(ForbiddenError, match="decisions belong to people"):
        verdict(AGENT, "approved")
    with pytest.raises(ForbiddenError):
        do(AGENT, "set_policy", approvals=1)
    review = verdict(MAIA, "approved").change.news[0].id
    with pytest.raises(ForbiddenError):
        do(AGENT, "withdraw_review", reviewId=review)


def test_an_approval_that_an_agent_wrote_past_the_operations_does_not_count(plan, do):
    do(AGENT, "request_review")
    forged = {"id": "f", "author": AGENT.id, "verdict": "approved", "timestamp": 1}
    forged |= {"revision": plan.revision.id, "digest": plan.revision.digest}
    plan.raw.write("reviews", "f", forged)
    do(MAIA, "set_policy", approvals=1)
    assert plan.standing.status == "pending_review"


def test_the_policy_says_how_many_approve_and_whether_the_author_counts(plan, do, verdict, copy):
    do(MAIA, "set_policy", approvals=2)
    do(AGENT, "request_review")
    verdict(MAIA, "approved")
    verdict(MAIA, "approved")
    assert plan.standing.status == "pending_review"
    verdict(TOM, "approved")
    assert plan.standing.status == "approved"
    assert len(plan.standing.approval.given) == 2


def test_a_comment_does_not_lift_the_verdict_before_it(plan, do, verdict):
    do(AGENT, "request_review")
    verdict(MAIA, "changes_requested")
    verdict(MAIA, "commented")
    assert plan.standing.status == "changes_requested"
    verdict(MAIA, "approved")
    assert plan.standing.status == "approved"


def test_a_withdrawn_review_no_longer_counts(plan, do, verdict):
    do(AGENT, "request_review")
    review = verdict(MAIA, "approved").change.news[0].id
    with pytest.raises(ForbiddenError):
        do(TOM, "withdraw_review", reviewId=review)
    do(MAIA, "withdraw_review", reviewId=review, reason="Too early")
    assert plan.standing.status == "pending_review"


def _revision(key, **fields):
    made = {"id": key, "digest": "sha256:" + "0" * 64, "author": MAIA.id, "timestamp": 1}
    return {**made, **fields}


def test_a_revision_from_a_clock_in_the_future_gives_way_to_the_next(plan, do, verdict):
    do(AGENT, "request_review")
    future = str(ULID.from_timestamp(time.time() + 10 * 365 * 86400))
    plan.raw.write("revisions", future, _revision(future, number=2))
    plan.forget("revisions")
    assert plan.revision.id == future
    do(AGENT, "request_review")
    assert [one.number for one in plan.revisions] == [1, 2, 3]
    assert plan.revision.id < future
    verdict(MAIA, "approved")
    assert plan.standing.status == "approved"


def test_revisions_that_were_asked_for_at_once_are_ordered_by_their_ids(plan, do, copy):
    other = copy(plan)
    mine = do(AGENT, "request_review")
    theirs = do(TOM, "request_review", peer=other)
    plan.import_updates(theirs.update)
    other.import_updates(mine.update)
    assert [one.id for one in plan.revisions] == sorted(one.id for one in plan.revisions)
    assert plan.revisions == other.revisions
    do(AGENT, "request_review")
    assert [one.number for one in plan.revisions] == [1, 2, 3]


@pytest.mark.parametrize("number", [None, 4, 2**31 - 1])
def test_a_revision_with_no_number_or_an_impossible_one_is_not_the_current(plan, do, number):
    do(AGENT, "request_review")
    fields = {} if number is None else {"number": number}
    plan.raw.write("revisions", "7" + "Z" * 25, _revision("7" + "Z" * 25, **fields))
    do(AGENT, "request_review")
    assert [one.number for one in plan.revisions] == [1, 2, 3]
    assert plan.revisions[0].id == "7" + "Z" * 25

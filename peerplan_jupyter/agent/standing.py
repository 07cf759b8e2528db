"""How a plan stands with its reviewers, and what an agent should do about it."""

from __future__ import annotations

from pydantic import BaseModel

from ..plan.document import PlanDocument
from ..plan.schema import Status
from .answers import count
from .tally import tally


class Standing(BaseModel):
    """Status, approvals and open questions of a plan."""

    status: Status
    revision: int | None
    """The number of the revision that reviewers were asked about; null before the first."""
    digest: str | None
    """That revision's digest."""
    edited_since: bool
    """Whether text, steps or evidence changed after that revision was frozen."""
    approvals_given: int
    approvals_required: int
    open: int
    """Open threads and standing reviews."""
    unanswered: int
    """Those that still want an answer from you."""


def standing(document: PlanDocument) -> Standing:
    """How the plan stands now."""
    now, revision = document.standing, document.revision
    counts = tally(document)
    return Standing(
        status=now.status,
        revision=revision.number if revision else None,
        digest=revision.digest if revision else None,
        edited_since=revision is not None and revision.digest != document.digest,
        approvals_given=len(now.approval.given) if now.approval else 0,
        approvals_required=document.policy.approvals,
        open=counts.open,
        unanswered=counts.unanswered,
    )


def next_step(now: Standing, cursor: str = "") -> str:
    """What an agent should do with a plan that stands like this."""
    if now.status == "approved":
        also = f" Answer the {count(now.unanswered, 'open item')} too." if now.unanswered else ""
        return (
            f"The plan is approved at r{now.revision}: implement exactly that, and set steps "
            "in_progress and done with update_step, which keeps the approval. Any other change, "
            "new evidence too, is for people to review again: attach the evidence when the work "
            f"is done, then request_review.{also}"
        )
    if now.unanswered:
        return (
            "Answer each item: change the plan if you agree (edit_plan, update_step), then "
            "set_disposition and reply; a review is answered by the next revision. Then "
            "request_review, publish, and "
            f"{_waiting(cursor)}."
        )
    if now.revision is None:
        return (
            "Attach evidence with attach_artifact, then request_review, then publish and "
            "wait_for_feedback."
        )
    if now.edited_since:
        return (
            f"The plan or its evidence changed after r{now.revision} was frozen: call "
            "request_review so that people judge what it says now, then publish and "
            f"{_waiting(cursor)}."
        )
    if now.status == "changes_requested":
        return (
            "Changes were requested: make them, then request_review, publish and "
            f"{_waiting(cursor)}."
        )
    missing = now.approvals_required - now.approvals_given
    return f"{count(missing, 'approval')} missing for r{now.revision}: {_waiting(cursor)}."


def in_words(now: Standing) -> str:
    """The standing in a sentence."""
    revision = f" at r{now.revision}" if now.revision else ""
    edited = ", edited since" if now.edited_since else ""
    return (
        f"Status: {now.status}{revision}{edited}; {now.approvals_given} of "
        f"{count(now.approvals_required, 'approval')}; {count(now.unanswered, 'item')} "
        f"to answer of {now.open} open."
    )


def _waiting(cursor: str) -> str:
    if cursor:
        return f"wait_for_feedback with cursor {cursor}"
    return "wait_for_feedback with the cursor of your last answer"

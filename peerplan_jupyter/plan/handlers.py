"""What each operation writes. Every handler checks first and writes last."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import ForbiddenError, InvalidInputError, NotFoundError, StaleError, TooLargeError
from . import operations as ops
from . import targets
from .ids import made_at
from .merge import merge3
from .projection import REACTION, REPLY, is_step
from .schema import (
    MAX_CONTENT,
    MAX_STEPS,
    SCHEMA_VERSION,
    Actor,
    Annotation,
    ArtifactTarget,
    StepTarget,
    Target,
    TextTarget,
)

if TYPE_CHECKING:
    from .document import PlanDocument


CLOCK_SLACK = 600.0
"""Seconds that another machine's clock may be ahead; ids say what is newer."""


def handle(document: PlanDocument, operation: ops.Operation) -> None:
    """Carry out `operation` in the open transaction, or raise before anything is written."""
    creating = isinstance(operation, ops.CreatePlan)
    if not document.exists and not creating:
        raise NotFoundError("There is no plan here yet.")
    if document.raw.value("applied", operation.id) is not None:
        return
    if made_at(operation.id) > time.time() + CLOCK_SLACK:
        raise InvalidInputError(
            f"The operation's id {operation.id} was made in the future.",
            hint="Set the clock of the machine that made it.",
        )
    HANDLERS[type(operation)](document, operation)
    _remember(document, operation)


def _remember(document: PlanDocument, operation: ops.Operation) -> None:
    actor = operation.actor
    known = document.identities.get(actor.id)
    if known is None or (known.name, known.kind) != (actor.name, actor.kind):
        document.raw.put("identities", actor.id, {"name": actor.name, "kind": actor.kind})
    if not isinstance(operation, ops.Acknowledge):
        done = {"op": operation.op, "by": actor.id, "at": operation.at}
        document.raw.put("applied", operation.id, done)


def _create_plan(document: PlanDocument, op: ops.CreatePlan) -> None:
    if document.exists:
        raise InvalidInputError(
            f"The plan {document.id!r} exists already.", hint="Edit it, or take another id."
        )
    taken: set[str] = set()
    steps = [_new_step(step, taken) for step in op.steps]
    fields: dict[str, Any] = {"schema": SCHEMA_VERSION, "id": op.plan_id, "title": op.title}
    fields |= {"owner": op.actor.id, "created": op.at}
    fields |= {"repo": op.repo, "branch": op.branch, "pr": op.pr}
    for name, value in fields.items():
        if value is not None:
            document.raw.put("plan", name, value)
    if op.content:
        document.raw.set_content(op.content)
    for index, step in enumerate(steps):
        document.raw.insert_step(index, step)


def _new_step(step: ops.NewStep, taken: set[str], mark: str = "") -> dict[str, Any]:
    """A step's fields under a free id: `step-1`, `step-2` and so on unless it names one.

    `mark` keeps steps apart that two peers add at once.
    """
    numbers = (f"step-{number}{mark}" for number in range(len(taken) + 1, MAX_STEPS * 3))
    key = step.id or next(name for name in numbers if name not in taken)
    if key in taken:
        raise InvalidInputError(f"There is a step {key!r} already.", hint="Take another id.")
    taken.add(key)
    return {**step.to_wire(), "id": key}


def _edit_content(document: PlanDocument, op: ops.EditContent) -> None:
    merged = merge3(op.base, document.content, op.content)
    if merged is None:
        raise StaleError(
            "The content was changed by somebody else in the same lines since you read it.",
            hint="Merge your edit into `current` and send that, with `current` as its base.",
            current=document.content,
        )
    if len(merged) > MAX_CONTENT:
        raise TooLargeError(
            f"The content would be {len(merged)} characters long; at most {MAX_CONTENT} fit."
        )
    document.raw.set_content(merged)


def _edit_title(document: PlanDocument, op: ops.EditTitle) -> None:
    document.raw.put("plan", "title", op.title)


def _add_step(document: PlanDocument, op: ops.AddStep) -> None:
    steps = document.steps
    if len(steps) >= MAX_STEPS:
        raise TooLargeError(f"The plan has {len(steps)} steps; at most {MAX_STEPS} fit.")
    index = len(steps) if op.index is None else min(op.index, len(steps))
    mark = f"-{op.id[-5:].lower()}"
    fields = _new_step(op.step, {one.id for one in steps}, mark)
    document.raw.insert_step(index, fields)


def _update_step(document: PlanDocument, op: ops.UpdateStep) -> None:
    index = _step_index(document, op.step_id)
    named = {"title", "description", "criteria", "status"}
    fields = {name: value for name, value in op.to_wire().items() if name in named}
    document.raw.update_step(index, fields)


def _move_step(document: PlanDocument, op: ops.MoveStep) -> None:
    last = len(document.steps) - 1
    document.raw.move_step(_step_index(document, op.step_id), min(op.index, last))


def _remove_step(document: PlanDocument, op: ops.RemoveStep) -> None:
    document.raw.remove_step(_step_index(document, op.step_id))


def _step_index(document: PlanDocument, key: str) -> int:
    """Where a step is in the raw list, which may hold records that are no steps."""
    document.step(key)
    place = [one.id for one in document.steps].index(key)
    raw = [index for index, one in enumerate(document.raw.steps()) if is_step(one)]
    return raw[place]


def _add_artifact(document: PlanDocument, op: ops.AddArtifact) -> None:
    if op.step_id is not None:
        document.step(op.step_id)
    if document.raw.record("artifacts", op.artifact_id) is not None:
        raise InvalidInputError(f"There is an artifact {op.artifact_id!r} already.")
    named = {"type", "name", "file", "hash", "size", "mediaType", "stepId", "caption"}
    fields = {name: value for name, value in op.to_wire().items() if name in named}
    fields |= {"id": op.artifact_id, "author": op.actor.id, "timestamp": op.at}
    document.raw.write("artifacts", op.artifact_id, fields)


def _withdraw_artifact(document: PlanDocument, op: ops.WithdrawArtifact) -> None:
    if op.artifact_id not in document.artifacts:
        raise NotFoundError(f"The plan has no artifact {op.artifact_id!r}.")
    document.raw.write("artifacts", op.artifact_id, {"withdrawn": _fact(op, reason=op.reason)})


def _annotate(document: PlanDocument, op: ops.Annotate) -> None:
    key = op.annotation_id or op.id
    if document.raw.record("annotations", key) is not None:
        raise InvalidInputError(f"There is an annotation {key!r} already.")
    fields = {
        "id": key,
        "author": op.actor.id,
        "type": op.type,
        "content": op.content,
        "timestamp": op.at,
        **_target(document, op.target),
    }
    document.raw.write("annotations", key, fields)


def _target(document: PlanDocument, target: Target) -> dict[str, Any]:
    """A target's stored fields, checked to exist in the plan as it is."""
    if isinstance(target, TextTarget):
        target = targets.bind(target, document.raw.text, document.content)
    if isinstance(target, ArtifactTarget) and target.artifact_id not in document.artifacts:
        raise NotFoundError(f"The plan has no artifact {target.artifact_id!r}.")
    if isinstance(target, StepTarget):
        document.step(target.step_id)
        return {"target": target.to_wire(), "stepId": target.step_id}
    return {"target": target.to_wire()}


def _reply(document: PlanDocument, op: ops.ReplyTo) -> None:
    _open_annotation(document, op.annotation_id)
    reply = {"id": op.id, "author": op.actor.id, "content": op.content, "timestamp": op.at}
    document.raw.write("annotations", op.annotation_id, {REPLY + op.id: reply})


def _edit(document: PlanDocument, op: ops.Edit) -> None:
    annotation = _open_annotation(document, op.annotation_id)
    if op.reply_id is None:
        _own(annotation.author, op.actor, "annotation")
        fields: dict[str, Any] = {"content": op.content, "edited": op.at}
    else:
        reply = next((one for one in annotation.replies if one.id == op.reply_id), None)
        if reply is None:
            raise NotFoundError(f"The annotation has no reply {op.reply_id!r}.")
        _own(reply.author, op.actor, "reply")
        told = {"id": reply.id, "author": reply.author, "timestamp": reply.timestamp}
        fields = {REPLY + reply.id: {**told, "content": op.content, "edited": op.at}}
    document.raw.write("annotations", op.annotation_id, fields)


def _withdraw(document: PlanDocument, op: ops.Withdraw) -> None:
    annotation = _open_annotation(document, op.annotation_id)
    _own(annotation.author, op.actor, "annotation")
    fact = {"withdrawn": _fact(op, reason=op.reason)}
    document.raw.write("annotations", op.annotation_id, fact)


def _reanchor(document: PlanDocument, op: ops.Reanchor) -> None:
    _open_annotation(document, op.annotation_id)
    document.raw.write("annotations", op.annotation_id, _target(document, op.target))


def _resolve(document: PlanDocument, op: ops.Resolve) -> None:
    _set_state(document, op.annotation_id, op, "resolved")


def _reopen(document: PlanDocument, op: ops.Reopen) -> None:
    _set_state(document, op.annotation_id, op, "open")


def _set_state(document: PlanDocument, key: str, op: ops.BaseOperation, value: str) -> None:
    if _open_annotation(document, key).state != value:
        document.raw.write("annotations", key, {"state": _fact(op, value=value)})


def _set_disposition(document: PlanDocument, op: ops.SetDisposition) -> None:
    _open_annotation(document, op.annotation_id)
    fact = _fact(op, value=op.disposition, note=op.note)
    document.raw.write("annotations", op.annotation_id, {"disposition": fact})


def _react(document: PlanDocument, op: ops.React) -> None:
    _open_annotation(document, op.annotation_id)
    if ":" in op.emoji:
        raise InvalidInputError("An emoji must not contain a colon.")
    key = f"{REACTION}{op.emoji}:{op.actor.id}"
    document.raw.write("annotations", op.annotation_id, {key: op.on})


def _request_review(document: PlanDocument, op: ops.RequestReview) -> None:
    fields = {"id": op.id, "digest": document.digest, "author": op.actor.id, "timestamp": op.at}
    fields |= {"number": len(document.revisions) + 1, "note": op.note, "frozen": document.frozen}
    document.raw.write("revisions", op.id, fields)


def _submit_review(document: PlanDocument, op: ops.SubmitReview) -> None:
    if op.verdict == "approved":
        _person(op.actor, "approve a plan")
    current = document.revision
    if current is None:
        raise StaleError("Nobody has asked for a review of this plan yet.", current=None)
    if (op.revision, op.digest) != (current.id, current.digest):
        raise StaleError(
            f"The verdict is on another revision; the current one is r{current.number}, "
            f"{current.digest[7:14]}.",
            hint="Read the current revision and give the verdict on that.",
            current=current.to_wire(),
        )
    named = {"id", "revision", "digest", "verdict", "summary"}
    fields = {name: value for name, value in op.to_wire().items() if name in named}
    fields |= {"author": op.actor.id, "timestamp": op.at}
    document.raw.write("reviews", op.id, fields)


def _withdraw_review(document: PlanDocument, op: ops.WithdrawReview) -> None:
    _person(op.actor, "withdraw a review")
    review = document.reviews.get(op.review_id)
    if review is None:
        raise NotFoundError(f"The plan has no review {op.review_id!r}.")
    _own(review.author, op.actor, "review")
    document.raw.write("reviews", op.review_id, {"withdrawn": _fact(op, reason=op.reason)})


def _link_pull_request(document: PlanDocument, op: ops.LinkPullRequest) -> None:
    document.raw.put("plan", "pr", op.pr)
    if op.branch is not None:
        document.raw.put("plan", "branch", op.branch)


def _set_policy(document: PlanDocument, op: ops.SetPolicy) -> None:
    _person(op.actor, "change the approval policy")
    for name, value in {"approvals": op.approvals, "excludeAuthor": op.exclude_author}.items():
        if value is not None:
            document.raw.put("policy", name, value)


def _revoke_invitation(document: PlanDocument, op: ops.RevokeInvitation) -> None:
    _person(op.actor, "take an invitation back")
    if document.raw.value("revocations", op.invitation) is None:
        document.raw.put("revocations", op.invitation, _fact(op, reason=op.reason))


def _acknowledge(document: PlanDocument, op: ops.Acknowledge) -> None:
    for item in op.items:
        key = f"{op.state}:{item}"
        if document.raw.value("receipts", key) is None:
            document.raw.put("receipts", key, op.at)


def _open_annotation(document: PlanDocument, key: str) -> Annotation:
    """An annotation that was not withdrawn."""
    annotation = document.annotation(key)
    if annotation.withdrawn:
        raise NotFoundError(f"The annotation {key!r} was withdrawn by its author.")
    return annotation


def _fact(op: ops.BaseOperation, **more: Any) -> dict[str, Any]:
    return {"by": op.actor.id, "at": op.at, "op": op.id, **more}


def _own(author: str, actor: Actor, what: str) -> None:
    if author != actor.id:
        raise ForbiddenError(
            f"This {what} is by somebody else; only its author may change it.",
            hint="Reply to it instead.",
        )


def _person(actor: Actor, what: str) -> None:
    if actor.kind != "human":
        raise ForbiddenError(
            f"An agent cannot {what}: decisions belong to people.",
            hint="Ask for a review and wait for the verdict.",
        )


HANDLERS: dict[type[Any], Callable[[PlanDocument, Any], None]] = {
    ops.CreatePlan: _create_plan,
    ops.EditContent: _edit_content,
    ops.EditTitle: _edit_title,
    ops.AddStep: _add_step,
    ops.UpdateStep: _update_step,
    ops.MoveStep: _move_step,
    ops.RemoveStep: _remove_step,
    ops.AddArtifact: _add_artifact,
    ops.WithdrawArtifact: _withdraw_artifact,
    ops.Annotate: _annotate,
    ops.ReplyTo: _reply,
    ops.Edit: _edit,
    ops.Withdraw: _withdraw,
    ops.Reanchor: _reanchor,
    ops.Resolve: _resolve,
    ops.Reopen: _reopen,
    ops.SetDisposition: _set_disposition,
    ops.React: _react,
    ops.RequestReview: _request_review,
    ops.SubmitReview: _submit_review,
    ops.WithdrawReview: _withdraw_review,
    ops.LinkPullRequest: _link_pull_request,
    ops.SetPolicy: _set_policy,
    ops.RevokeInvitation: _revoke_invitation,
    ops.Acknowledge: _acknowledge,
}

"""The operations: the only way anything in a plan changes.

On the wire an operation is one JSON object: `op` says which, `id` is a ULID that makes it
idempotent, `actor` who does it, `at` when (integer Unix seconds, shown and never used for order).
Hosts fill in `actor` from whom they authenticated and overwrite what a client claims.
"""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from ..errors import InvalidInputError
from .ids import new_id
from .names import plain_name
from .schema import (
    MAX_CONTENT,
    MAX_DESCRIPTION,
    MAX_READ_CONTENT,
    MAX_STEPS,
    WHOLE,
    Actor,
    AnnotationType,
    ArtifactType,
    Comment,
    Count,
    Digest,
    Disposition,
    EntityId,
    Model,
    PlanId,
    PullRequest,
    StepStatus,
    Target,
    Timestamp,
    Title,
    Ulid,
    Verdict,
)

Summary = Annotated[str, Field(max_length=20_000)]
Content = Annotated[str, Field(max_length=MAX_CONTENT)]
Description = Annotated[str, Field(max_length=MAX_DESCRIPTION)]
ItemPath = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(/[A-Za-z0-9_-]{1,64})?$")]
"""An annotation's or a review's id, or `annotation/reply`."""
Criteria = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=1000)]], Field(max_length=50)
]


class BaseOperation(Model):
    """What every operation has."""

    op: str
    id: Ulid = Field(default_factory=new_id)
    actor: Actor
    at: Timestamp = Field(default_factory=lambda: int(time.time()))


class NewStep(Model):
    """A step as it is first written; without an id it gets one."""

    id: EntityId | None = None
    title: Title
    description: Description = ""
    criteria: Criteria = []
    status: StepStatus = "todo"


class CreatePlan(BaseOperation):
    """Begin a plan. The actor becomes its owner."""

    op: Literal["create_plan"] = "create_plan"
    plan_id: PlanId
    title: Title
    content: Content = ""
    steps: Annotated[list[NewStep], Field(max_length=MAX_STEPS)] = []
    repo: Annotated[str, Field(max_length=500)] | None = None
    branch: Annotated[str, Field(max_length=300)] | None = None
    pr: PullRequest | None = None


class EditContent(BaseOperation):
    """Replace the content. Merged with what came since `base`; where both changed the same
    lines it is refused as stale with the current text.
    """

    op: Literal["edit_content"] = "edit_content"
    base: Annotated[str, Field(max_length=MAX_READ_CONTENT)]
    """The text the writer saw."""
    content: Content


class EditTitle(BaseOperation):
    """Rename the plan."""

    op: Literal["edit_title"] = "edit_title"
    title: Title


class AddStep(BaseOperation):
    """Add a step, at the end unless `index` says where."""

    op: Literal["add_step"] = "add_step"
    step: NewStep
    index: Count | None = None


class UpdateStep(BaseOperation):
    """Change the named fields of a step."""

    op: Literal["update_step"] = "update_step"
    step_id: EntityId
    title: Title | None = None
    description: Description | None = None
    criteria: Criteria | None = None
    status: StepStatus | None = None


class MoveStep(BaseOperation):
    """Put a step at `index` of the list as it is after the move."""

    op: Literal["move_step"] = "move_step"
    step_id: EntityId
    index: Count


class RemoveStep(BaseOperation):
    """Remove a step; annotations about it stay."""

    op: Literal["remove_step"] = "remove_step"
    step_id: EntityId


class AddArtifact(BaseOperation):
    """Record a file as evidence; its bytes are kept by hash elsewhere."""

    op: Literal["add_artifact"] = "add_artifact"
    artifact_id: EntityId = Field(default_factory=new_id)
    type: ArtifactType
    name: Annotated[str, Field(min_length=1, max_length=200)]
    file: Annotated[str, Field(min_length=1, max_length=199), AfterValidator(plain_name)]
    hash: Digest
    size: Annotated[int, Field(ge=0, lt=2**53), WHOLE]
    media_type: Annotated[str, Field(max_length=100)]
    step_id: EntityId | None = None
    caption: Annotated[str, Field(max_length=1000)] = ""


class WithdrawArtifact(BaseOperation):
    """Take evidence back; the record that it was there stays."""

    op: Literal["withdraw_artifact"] = "withdraw_artifact"
    artifact_id: EntityId
    reason: Annotated[str, Field(max_length=1000)] = ""


class Annotate(BaseOperation):
    """Say something about a target. The annotation's id is the operation's unless given."""

    op: Literal["annotate"] = "annotate"
    annotation_id: EntityId | None = None
    type: AnnotationType
    content: Comment
    target: Target


class ReplyTo(BaseOperation):
    """Answer in an annotation's thread."""

    op: Literal["reply"] = "reply"
    annotation_id: EntityId
    content: Comment


class Edit(BaseOperation):
    """Change the words of one's own annotation, or of one's own reply in it."""

    op: Literal["edit"] = "edit"
    annotation_id: EntityId
    reply_id: EntityId | None = None
    content: Comment


class Withdraw(BaseOperation):
    """Take back one's own annotation."""

    op: Literal["withdraw"] = "withdraw"
    annotation_id: EntityId
    reason: Annotated[str, Field(max_length=1000)] = ""


class Reanchor(BaseOperation):
    """Say which text an annotation is about, after it lost its place."""

    op: Literal["reanchor"] = "reanchor"
    annotation_id: EntityId
    target: Target


class Resolve(BaseOperation):
    """Close a thread."""

    op: Literal["resolve"] = "resolve"
    annotation_id: EntityId


class Reopen(BaseOperation):
    """Open a closed thread again."""

    op: Literal["reopen"] = "reopen"
    annotation_id: EntityId


class SetDisposition(BaseOperation):
    """Say what was done about an annotation."""

    op: Literal["set_disposition"] = "set_disposition"
    annotation_id: EntityId
    disposition: Disposition
    note: Annotated[str, Field(max_length=5000)] = ""


class React(BaseOperation):
    """Give an emoji, or take it back."""

    op: Literal["react"] = "react"
    annotation_id: EntityId
    emoji: Annotated[str, Field(min_length=1, max_length=16)]
    on: bool = True


class RequestReview(BaseOperation):
    """Freeze the plan as it is into a revision and ask for verdicts on it."""

    op: Literal["request_review"] = "request_review"
    note: Summary = ""


class SubmitReview(BaseOperation):
    """Give a verdict on the revision that was read; refused if it is no longer the current one."""

    op: Literal["submit_review"] = "submit_review"
    revision: EntityId
    digest: Digest
    verdict: Verdict
    summary: Summary = ""


class WithdrawReview(BaseOperation):
    """Take back one's own verdict."""

    op: Literal["withdraw_review"] = "withdraw_review"
    review_id: EntityId
    reason: Annotated[str, Field(max_length=1000)] = ""


class LinkPullRequest(BaseOperation):
    """Say which pull request the plan belongs to."""

    op: Literal["link_pull_request"] = "link_pull_request"
    pr: PullRequest
    branch: Annotated[str, Field(max_length=300)] | None = None


class SetPolicy(BaseOperation):
    """Change when a revision counts as approved."""

    op: Literal["set_policy"] = "set_policy"
    approvals: Annotated[int, Field(ge=1, le=20), WHOLE] | None = None
    exclude_author: bool | None = None


class RevokeInvitation(BaseOperation):
    """Take an invitation into the plan's room back; who came by it is put out."""

    op: Literal["revoke_invitation"] = "revoke_invitation"
    invitation: Annotated[str, Field(pattern=r"^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$")]
    reason: Annotated[str, Field(max_length=1000)] = ""


class Acknowledge(BaseOperation):
    """Record that an agent's peer received, or the agent read, annotations, replies or reviews."""

    op: Literal["acknowledge"] = "acknowledge"
    items: Annotated[list[ItemPath], Field(min_length=1, max_length=1000)]
    state: Literal["received", "read"]


Operation = Annotated[
    CreatePlan
    | EditContent
    | EditTitle
    | AddStep
    | UpdateStep
    | MoveStep
    | RemoveStep
    | AddArtifact
    | WithdrawArtifact
    | Annotate
    | ReplyTo
    | Edit
    | Withdraw
    | Reanchor
    | Resolve
    | Reopen
    | SetDisposition
    | React
    | RequestReview
    | SubmitReview
    | WithdrawReview
    | LinkPullRequest
    | SetPolicy
    | RevokeInvitation
    | Acknowledge,
    Field(discriminator="op"),
]

_adapter: TypeAdapter[Operation] = TypeAdapter(Operation)


def parse_operation(data: dict[str, Any], actor: Actor | None = None) -> Operation:
    """Validate a wire object into an operation; `actor`, if given, replaces what it claims.

    Raises `InvalidInputError` that names the first wrong field and what was expected of it.
    """
    if actor is not None:
        data = {**data, "actor": actor.to_wire()}
    try:
        return _adapter.validate_python(data)
    except ValidationError as error:
        raise invalid(error, f"The operation {str(data.get('op'))[:40]!r}") from None


def invalid(error: ValidationError, what: str) -> InvalidInputError:
    """A pydantic error as one sentence about the first thing wrong."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"][:6]) or "the whole"
    more = error.error_count() - 1
    also = f" ({more} more)" if more else ""
    return InvalidInputError(
        f"{what} is not valid at {where[:120]}: {first['msg'][:200]}{also}.", where=where[:120]
    )

"""The form of `plan.json`: the words of the product as pydantic models.

On the wire keys are camelCase; `timestamp` is integer Unix seconds; positions count Unicode code
points. Keys that a reader does not know are ignored, so that a later version may add some;
a change that a reader must not ignore raises `SCHEMA_VERSION`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from .ids import PLAN_ID_PATTERN, ULID_PATTERN

SCHEMA_VERSION = 1

MAX_TITLE = 300
MAX_CONTENT = 200_000
MAX_READ_CONTENT = 1_000_000
"""Characters that are read: edits made at once may together pass what one may write."""
MAX_COMMENT = 20_000
MAX_DESCRIPTION = 20_000
MAX_STEPS = 500


class Model(BaseModel):
    """The base of everything that travels. Strict, as JSON Schema is: `"1"` is no number."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True, strict=True
    )

    def to_wire(self) -> dict[str, Any]:
        """Plain JSON with wire names, without what is unset."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def _whole(value: Any) -> Any:
    """JSON and JavaScript know one kind of number: 1.0 is an integer there."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
Ulid = Annotated[str, Field(pattern=ULID_PATTERN)]
PlanId = Annotated[str, Field(pattern=PLAN_ID_PATTERN)]
EntityId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Title = Annotated[str, Field(min_length=1, max_length=MAX_TITLE)]
Comment = Annotated[str, Field(min_length=1, max_length=MAX_COMMENT)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Timestamp = Annotated[int, Field(ge=0, lt=2**53), WHOLE]
PullRequest = Annotated[int, Field(ge=1, lt=2**31), WHOLE]
Count = Annotated[int, Field(ge=0, lt=2**31), WHOLE]

Status = Literal["draft", "pending_review", "changes_requested", "approved"]
StepStatus = Literal["todo", "in_progress", "done", "blocked"]
ArtifactType = Literal[
    "screenshot", "test_results", "recording", "log", "diff", "notebook", "html", "other"
]
AnnotationType = Literal["question", "concern", "suggestion", "approval"]
Disposition = Literal["applied", "partial", "declined", "question"]
Verdict = Literal["approved", "changes_requested", "commented"]
AnchorState = Literal["anchored", "ambiguous", "unanchored"]


class Actor(Model):
    """Who acts: a public key, the name people know it by, and whether a person stands behind it."""

    id: Annotated[str, Field(pattern=r"^did:key:z[1-9A-HJ-NP-Za-km-z]{20,100}$")]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    kind: Literal["human", "agent"]


class Identity(Model):
    """What a plan remembers of an actor, under the actor's id."""

    name: str
    kind: Literal["human", "agent"]


class TextQuoteSelector(Model):
    """W3C Web Annotation, 4.2.4."""

    type: Literal["TextQuoteSelector"] = "TextQuoteSelector"
    exact: Annotated[str, Field(min_length=1, max_length=10_000)]
    prefix: Annotated[str, Field(max_length=200)] = ""
    suffix: Annotated[str, Field(max_length=200)] = ""


class TextPositionSelector(Model):
    """W3C Web Annotation, 4.2.5: where the quote was when it was made, end exclusive."""

    type: Literal["TextPositionSelector"] = "TextPositionSelector"
    start: Annotated[int, Field(ge=0, le=MAX_READ_CONTENT), WHOLE]
    end: Annotated[int, Field(ge=0, le=MAX_READ_CONTENT), WHOLE]


class FragmentSelector(Model):
    """W3C Web Annotation, 4.2.1: a part of an artifact, as a URI fragment."""

    type: Literal["FragmentSelector"] = "FragmentSelector"
    value: Annotated[str, Field(min_length=1, max_length=500)]
    conforms_to: Annotated[str, Field(max_length=200)] = ""
    """The specification of the fragment: Media Fragments, RFC 5147, or empty."""


class CursorPair(Model):
    """Two Loro cursors, base64; they move with the text."""

    start: Annotated[str, Field(max_length=400)]
    end: Annotated[str, Field(max_length=400)]


class PlanTarget(Model):
    """The whole plan."""

    type: Literal["plan"] = "plan"


class StepTarget(Model):
    """One step."""

    type: Literal["step"] = "step"
    step_id: EntityId


class TextTarget(Model):
    """A range of the plan's content."""

    type: Literal["text"] = "text"
    quote: TextQuoteSelector
    position: TextPositionSelector | None = None
    block: Annotated[str, Field(max_length=400)] = ""
    """The heading or the first words of the block that held the text."""
    cursor: CursorPair | None = None


class ArtifactTarget(Model):
    """An artifact, or a part of one."""

    type: Literal["artifact"] = "artifact"
    artifact_id: EntityId
    selector: FragmentSelector | None = None


Target = Annotated[
    PlanTarget | StepTarget | TextTarget | ArtifactTarget, Field(discriminator="type")
]


class Fact(Model):
    """Something that was done once, by whom and when; `op` is the operation that did it."""

    by: str
    at: Timestamp
    op: str


class DispositionFact(Fact):
    """What the agent says it did about an annotation."""

    value: Disposition
    note: str = ""


class Withdrawal(Fact):
    """Taken back, with the reason given."""

    reason: str = ""


class Receipt(Model):
    """When an agent's peer received something, and when the agent read it."""

    received: Timestamp | None = None
    read: Timestamp | None = None


class Anchor(Model):
    """Where a text target is now; computed, never stored. `start` and `end` only when anchored."""

    state: AnchorState
    start: Count | None = None
    end: Count | None = None


class Step(Model):
    """One item of the plan."""

    id: EntityId
    title: Title
    description: Annotated[str, Field(max_length=MAX_DESCRIPTION)] = ""
    criteria: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=50)] = []
    """Acceptance criteria, one sentence each."""
    status: StepStatus = "todo"


class Artifact(Model):
    """A file that is evidence for a claim."""

    id: EntityId
    type: ArtifactType
    url: Annotated[str, Field(max_length=2000)] = ""
    """Relative to `plan.json`, or absolute where the host of the remote is known."""
    hash: Digest | None = None
    name: Annotated[str, Field(max_length=200)] = ""
    """The name the file had."""
    file: Annotated[str, Field(max_length=200)] = ""
    """Its name in the plan's folder."""
    media_type: Annotated[str, Field(max_length=100)] = "application/octet-stream"
    size: Annotated[int, Field(ge=0, lt=2**53), WHOLE] = 0
    step_id: EntityId | None = None
    caption: Annotated[str, Field(max_length=1000)] = ""
    """The claim it supports, in a sentence."""
    author: str = ""
    timestamp: Timestamp = 0
    withdrawn: Withdrawal | None = None


class Reply(Model):
    """An answer in an annotation's thread."""

    id: EntityId
    author: str
    content: str
    timestamp: Timestamp
    edited: Timestamp | None = None
    receipt: Receipt | None = None


class Annotation(Model):
    """A body by an author about a target."""

    id: EntityId
    author: str
    type: AnnotationType
    content: str
    timestamp: Timestamp
    step_id: EntityId | None = None
    target: Target = PlanTarget()
    anchor: Anchor | None = None
    state: Literal["open", "resolved"] = "open"
    state_change: Fact | None = None
    disposition: DispositionFact | None = None
    replies: list[Reply] = []
    reactions: dict[str, list[str]] = {}
    """Emoji to the ids of those who gave it."""
    edited: Timestamp | None = None
    withdrawn: Withdrawal | None = None
    receipt: Receipt | None = None


class Revision(Model):
    """A frozen state of the plan; `digest` is sha256 over its canonical JSON (see `digest.py`)."""

    id: EntityId
    number: Count
    digest: Digest
    author: str
    timestamp: Timestamp
    note: str = ""


class Review(Model):
    """One reviewer's verdict on one revision."""

    id: EntityId = ""
    author: str = ""
    verdict: Verdict
    summary: str = ""
    timestamp: Timestamp
    revision: str = ""
    digest: str = ""
    withdrawn: Withdrawal | None = None
    receipt: Receipt | None = None


class Policy(Model):
    """When a revision counts as approved."""

    approvals: Annotated[int, Field(ge=1, le=20), WHOLE] = 1
    exclude_author: bool = True
    """The plan's owner does not count."""


class Approval(Model):
    """How far the policy is met for the current revision; computed."""

    required: Count
    given: list[str] = []
    """Ids of the reviews that count."""
    stale: bool = False
    """The plan was edited since the current revision was frozen."""


class Plan(Model):
    """The plan as plain JSON."""

    id: PlanId
    pr: PullRequest | None = None
    branch: Annotated[str, Field(max_length=300)] | None = None
    title: Title
    content: Annotated[str, Field(max_length=MAX_READ_CONTENT)] = ""
    steps: list[Step] = []
    status: Status = "draft"
    artifacts: list[Artifact] = []
    annotations: list[Annotation] = []
    review: Review | None = None
    schema_version: Annotated[int, WHOLE] = SCHEMA_VERSION
    repo: Annotated[str, Field(max_length=500)] | None = None
    owner: str = ""
    created: Timestamp = 0
    reviews: list[Review] = []
    revisions: list[Revision] = []
    policy: Policy = Policy()
    approval: Approval | None = None
    identities: dict[str, Identity] = {}


class PlanFile(Model):
    """`plan.json`."""

    plan: Plan

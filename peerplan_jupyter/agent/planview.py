"""A plan as a model reads it: whole, but never larger than it can take in."""

from __future__ import annotations

from pydantic import BaseModel

from ..plan.document import PlanDocument
from ..plan.schema import Artifact, ArtifactType, Step, StepStatus
from ..review.fence import clean, one_line
from .answers import Answer
from .standing import Standing, next_step, standing
from .standing import in_words as standing_in_words

WINDOW = 50_000
"""Characters of the content in one answer."""


class StepView(BaseModel):
    """A step with the ids of its evidence."""

    id: str
    title: str
    status: StepStatus
    description: str
    criteria: list[str]
    artifacts: list[str]


class ArtifactView(BaseModel):
    """A piece of evidence."""

    id: str
    type: ArtifactType
    name: str
    step: str | None
    caption: str
    """The claim it supports."""
    size: int
    """Bytes."""
    hash: str


class PlanView(Answer):
    """A plan."""

    plan: str
    title: str
    pr: int | None
    branch: str | None
    repository: str | None
    """The folder that it is published from."""
    content: str
    """Its markdown, from `content_from` on."""
    content_from: int
    content_length: int
    """Characters in all; when there are more than you got, call get_plan with `content_from`."""
    content_digest: str
    """Of the whole content; pass it to edit_plan as `base_digest`."""
    steps: list[StepView]
    artifacts: list[ArtifactView]
    standing: Standing


def plan_view(
    document: PlanDocument, start: int, content_digest: str, repository: str | None
) -> PlanView:
    """The plan now, with a window of its content."""
    now = standing(document)
    kept = [one for one in document.artifacts.values() if not one.withdrawn]
    return PlanView(
        plan=document.id,
        title=document.title,
        pr=document.field("pr"),
        branch=document.field("branch"),
        repository=repository,
        content=document.content[start : start + WINDOW],
        content_from=start,
        content_length=len(document.content),
        content_digest=content_digest,
        steps=step_views(document),
        artifacts=[_artifact(one) for one in kept],
        standing=now,
        next=next_step(now),
    )


def step_views(document: PlanDocument) -> list[StepView]:
    """The steps in order."""
    kept = [one for one in document.artifacts.values() if not one.withdrawn]
    return [_step(one, kept) for one in document.steps]


def in_words(view: PlanView) -> str:
    """The plan as text, without characters that cannot be seen."""
    parts = [f"# {one_line(view.title, 300)}", standing_in_words(view.standing)]
    parts.append(clean(view.content, WINDOW))
    end = view.content_from + len(view.content)
    if end < view.content_length:
        parts.append(
            f"[{end} of {view.content_length} characters; get_plan with content_from {end} goes on]"
        )
    parts += [_step_in_words(one) for one in view.steps]
    if view.artifacts:
        parts.append("\n".join(_artifact_in_words(one) for one in view.artifacts))
    return "\n\n".join(part for part in parts if part)


def _step(one: Step, artifacts: list[Artifact]) -> StepView:
    return StepView(
        id=one.id,
        title=one.title,
        status=one.status,
        description=one.description,
        criteria=one.criteria,
        artifacts=[it.id for it in artifacts if it.step_id == one.id],
    )


def _artifact(one: Artifact) -> ArtifactView:
    return ArtifactView(
        id=one.id,
        type=one.type,
        name=one.name,
        step=one.step_id,
        caption=one.caption,
        size=one.size,
        hash=one.hash or "",
    )


def _step_in_words(one: StepView) -> str:
    lines = [f"## {one.id}: {one_line(one.title, 300)} ({one.status})", clean(one.description)]
    lines += [f"- must hold: {one_line(criterion, 1_000)}" for criterion in one.criteria]
    lines.append(f"evidence: {', '.join(one.artifacts) or 'none yet'}")
    return "\n".join(line for line in lines if line)


def _artifact_in_words(one: ArtifactView) -> str:
    about = f" for {one.step}" if one.step else ""
    claim = one_line(one.caption, 1_000) or "no claim"
    return f"artifact {one.id}: {one.type} {one_line(one.name, 200)}{about}: {claim}"

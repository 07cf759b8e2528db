"""Tools about plans as a whole: begin one, read it, list them."""

from __future__ import annotations

from typing import Annotated, Any

from mcp_types import CallToolResult
from pydantic import BaseModel, Field

from ...plan.ids import new_id
from ...plan.operations import CreatePlan, parse_operation
from ...plan.schema import Status
from ...review.fence import one_line
from ...store.names import PLAN_BRANCH
from ...sync.plans import Plans
from ..answers import Answer, answer, count
from ..desk import Call, Caller, Desk
from ..planview import PlanView, in_words, plan_view
from ..standing import next_step, standing
from .parameters import PlanName, RepositoryPath, StepInput

PullRequest = Annotated[int | None, Field(ge=1, description="The pull request's number, if any.")]


class PlanCreated(Answer):
    """A new plan."""

    plan: str
    """Its id."""
    status: Status
    steps: list[str]
    """The ids of its steps."""
    content_digest: str
    """Pass it to edit_plan as `base_digest`."""
    cursor: str
    """Pass it to wait_for_feedback: nothing that comes from now on is missed."""
    repository: str | None
    """The folder it is published from."""


class PlanSummary(BaseModel):
    """A plan in a few words."""

    id: str
    title: str
    status: Status
    pr: int | None
    repository: str | None
    updated: int
    """Unix seconds."""
    open: int
    """Open threads."""
    unpublished: bool


class PlanList(Answer):
    """The plans of this user on this machine, the last created first."""

    plans: list[PlanSummary]


class PlanTools:
    """create_plan, get_plan, list_plans."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def create_plan(  # noqa: PLR0913, PLR0917
        self,
        call: Call,
        title: str,
        content: Annotated[str, Field(description="The plan in markdown.")] = "",
        steps: list[StepInput] | None = None,
        plan_id: Annotated[
            str, Field(description="Lower-case letters, digits and hyphens; default: a new ULID.")
        ] = "",
        pr: PullRequest = None,
        branch: Annotated[str, Field(description="The branch that will carry it out.")] = "",
        repository: RepositoryPath = "",
    ) -> Annotated[CallToolResult, PlanCreated]:
        """Begin an implementation plan that people will review before you carry it out.

        Write what will change and why in `content`, and the work as steps with acceptance criteria
        that evidence can prove.
        """
        desk, caller = self._desk, await self._desk.caller(call)
        wire = {
            "op": "create_plan",
            "planId": plan_id or new_id(),
            "title": title,
            "content": content,
            "steps": [step.model_dump(exclude_none=True) for step in steps or []],
            "pr": pr,
            "branch": branch or None,
        }
        operation = parse_operation(wire, caller.actor)
        assert isinstance(operation, CreatePlan)  # noqa: S101
        folder = await desk.repository(repository)
        await desk.workspace.create(operation, folder)
        await desk.arrive(operation.plan_id, caller)
        return await self._created(operation.plan_id, caller)

    async def get_plan(
        self,
        call: Call,
        plan: PlanName,
        content_from: Annotated[
            int, Field(ge=0, description="Where in a long content to begin reading.")
        ] = 0,
    ) -> Annotated[CallToolResult, PlanView]:
        """Read a plan: its text, steps, evidence and how it stands. Long contents come in parts.

        What reviewers wrote is in list_feedback.
        """
        plan_id, _ = await self._desk.at(call, plan)
        workdir = await self._desk.workspace.workdir(plan_id)

        def read(plans: Plans) -> PlanView:
            document = plans.get(plan_id)
            digest = self._desk.texts.show(document.content)
            return plan_view(document, content_from, digest, str(workdir) if workdir else None)

        view = await self._desk.read(read)
        return answer(view, in_words(view))

    async def list_plans(self, call: Call) -> Annotated[CallToolResult, PlanList]:
        """List the plans of this user on this machine, the last created first."""
        caller = await self._desk.caller(call)
        known = await self._desk.workspace.summaries(caller.actor.id)
        plans = [_summary(one) for one in known]
        following = "get_plan reads one; list_feedback shows what reviewers said about it."
        if not plans:
            following = "There is none yet: create_plan begins one."
        lines = [
            f"- {one.id}: {one_line(one.title)} ({one.status}, {one.open} open)" for one in plans
        ]
        return answer(PlanList(next=following, plans=plans), "\n".join(lines))

    async def _created(self, plan_id: str, caller: Caller) -> CallToolResult:
        workspace = self._desk.workspace
        cursor = (await workspace.feed.since(plan_id, "", caller.actor.id)).cursor
        workdir = await workspace.workdir(plan_id)

        def read(plans: Plans) -> PlanCreated:
            document = plans.get(plan_id)
            return PlanCreated(
                plan=plan_id,
                status=document.standing.status,
                steps=[one.id for one in document.steps],
                content_digest=self._desk.texts.show(document.content),
                cursor=cursor,
                repository=str(workdir) if workdir else None,
                next=next_step(standing(document)),
            )

        made = await self._desk.read(read)
        return answer(
            made, f"Plan {plan_id} was made, with {count(len(made.steps), 'step')}.", _where(made)
        )


def _where(made: PlanCreated) -> str:
    if made.repository:
        return f"It will be published to the branch {PLAN_BRANCH} of {made.repository}."
    return (
        "It belongs to no git repository yet; pass `repository` to publish to say which. "
        "Until then it is kept on this machine."
    )


def _summary(one: dict[str, Any]) -> PlanSummary:
    named = {key: one[key] for key in ("id", "title", "status", "pr", "updated", "open")}
    return PlanSummary(**named, repository=one["repo"], unpublished=one["unpublished"])

"""Tools about steps."""

from __future__ import annotations

from typing import Annotated

from mcp_types import CallToolResult
from pydantic import Field

from ...errors import InvalidInputError
from ...plan.schema import StepStatus
from ...review.fence import one_line
from ...sync.plans import Plans
from ..answers import Answer, answer
from ..desk import Call, Desk
from ..planview import StepView, step_views
from ..standing import Standing, in_words, next_step, standing
from .parameters import PlanName, StepInput, StepName

Position = Annotated[
    int | None, Field(ge=0, description="Where in the list, counted from 0; default: as it is.")
]


class StepsChanged(Answer):
    """The steps after a change."""

    plan: str
    step: str
    steps: list[StepView]
    standing: Standing


class StepTools:
    """add_step, update_step, remove_step."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def add_step(
        self, call: Call, plan: PlanName, step: StepInput, position: Position = None
    ) -> Annotated[CallToolResult, StepsChanged]:
        """Add a step to a plan, at the end unless `position` says where."""
        plan_id, caller = await self._desk.at(call, plan)
        before = await self._ids(plan_id)
        new = step.model_dump(exclude_none=True)
        await self._desk.submit(plan_id, caller, op="add_step", step=new, index=position)
        made = [one for one in await self._ids(plan_id) if one not in before]
        return await self._changed(plan_id, made[0] if made else "")

    async def update_step(  # noqa: PLR0913, PLR0917
        self,
        call: Call,
        plan: PlanName,
        step: StepName,
        status: StepStatus | None = None,
        title: str = "",
        description: str = "",
        criteria: Annotated[
            list[str] | None, Field(description="All of the step's acceptance criteria.")
        ] = None,
        position: Position = None,
    ) -> Annotated[CallToolResult, StepsChanged]:
        """Change a step: its status as you work (todo, in_progress, done, blocked), its text, or
        its place in the list. What you leave out stays.
        """
        texts = {"title": title or None, "description": description or None}
        fields = {**texts, "criteria": criteria, "status": status}
        named = {key: value for key, value in fields.items() if value is not None}
        if not named and position is None:
            raise InvalidInputError("update_step needs something to change.")
        plan_id, caller = await self._desk.at(call, plan)
        if named:
            await self._desk.submit(plan_id, caller, op="update_step", stepId=step, **named)
        if position is not None:
            await self._desk.submit(plan_id, caller, op="move_step", stepId=step, index=position)
        return await self._changed(plan_id, step)

    async def remove_step(
        self, call: Call, plan: PlanName, step: StepName
    ) -> Annotated[CallToolResult, StepsChanged]:
        """Remove a step. Comments about it stay."""
        plan_id, caller = await self._desk.at(call, plan)
        await self._desk.submit(plan_id, caller, op="remove_step", stepId=step)
        return await self._changed(plan_id, step)

    async def _ids(self, plan_id: str) -> list[str]:
        return await self._desk.read(lambda plans: [one.id for one in plans.get(plan_id).steps])

    async def _changed(self, plan_id: str, step: str) -> CallToolResult:
        def read(plans: Plans) -> StepsChanged:
            document = plans.get(plan_id)
            now = standing(document)
            return StepsChanged(
                plan=plan_id,
                step=step,
                steps=step_views(document),
                standing=now,
                next=next_step(now),
            )

        told = await self._desk.read(read)
        lines = "\n".join(f"- {one.id}: {one_line(one.title)} ({one.status})" for one in told.steps)
        return answer(told, lines, in_words(told.standing))

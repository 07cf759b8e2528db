"""The tool that edits a plan's text."""

from __future__ import annotations

from typing import Annotated

from mcp_types import CallToolResult
from pydantic import BaseModel, Field

from ...errors import InvalidInputError, StaleError
from ...plan.schema import MAX_TITLE, Status
from ...sync.plans import Plans
from ..answers import Answer, answer, count
from ..desk import Call, Caller, Desk
from ..standing import next_step, standing
from ..texts import text_digest
from .parameters import PlanName


class Replacement(BaseModel):
    """Words to replace in the content."""

    old: str = Field(min_length=1, description="Exact text that occurs once in the content.")
    new: str


class PlanEdited(Answer):
    """The plan after an edit."""

    plan: str
    status: Status
    content_digest: str
    """The base of the next edit."""
    merged: bool
    """Whether somebody else's changes were merged into the result; read it with get_plan."""


class EditingTools:
    """edit_plan."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def edit_plan(  # noqa: PLR0917
        self,
        call: Call,
        plan: PlanName,
        content: Annotated[str, Field(description="The whole new content, in markdown.")] = "",
        base: Annotated[str, Field(description="The content as you read it.")] = "",
        base_digest: Annotated[
            str, Field(description="Instead of `base`: the content_digest you were given.")
        ] = "",
        replacements: Annotated[
            list[Replacement] | None,
            Field(description="Instead of `content`: words to replace, in order."),
        ] = None,
        title: Annotated[
            str, Field(max_length=MAX_TITLE, description="A new title, if it should change.")
        ] = "",
    ) -> Annotated[CallToolResult, PlanEdited]:
        """Change a plan's text or title: `replacements` for small edits; or the whole `content`
        with the `base` (or `base_digest`) it was written from. Edits of others in other lines are
        merged; in the same lines yours is refused and the current text comes back.
        """
        if not (content or replacements or title) or (content and replacements):
            raise InvalidInputError("edit_plan takes content or replacements, or a title.")
        plan_id, caller = await self._desk.at(call, plan)
        if replacements:
            base = await self._content(plan_id)
            content = _replaced(base, replacements)
        elif content:
            base = base or await self._base(plan_id, base_digest)
        # What may be refused comes first: an error means that nothing was changed.
        if content:
            await self._edit(plan_id, caller, base, content)
        if title:
            await self._desk.submit(plan_id, caller, op="edit_title", title=title)
        return await self._edited(plan_id, content)

    async def _edit(self, plan_id: str, caller: Caller, base: str, content: str) -> None:
        try:
            await self._desk.submit(plan_id, caller, op="edit_content", base=base, content=content)
        except StaleError as error:
            raise self._stale(error.message, str(error.data.get("current", ""))) from None

    async def _base(self, plan_id: str, digest: str) -> str:
        now = await self._content(plan_id)
        if digest == text_digest(now):
            return now
        known = self._desk.texts.get(digest) if digest else None
        if known is not None:
            return known
        came = f"The base {digest[:71]} is not known here" if digest else "The base is missing"
        raise self._stale(f"{came}, so it cannot be told what others changed.", now)

    def _stale(self, message: str, current: str) -> StaleError:
        digest = self._desk.texts.show(current)
        return StaleError(
            message,
            hint=f"Bring your edit into the text below and send it with base_digest {digest}.",
            current=current,
            content_digest=digest,
        )

    async def _content(self, plan_id: str) -> str:
        return await self._desk.read(lambda plans: plans.get(plan_id).content)

    async def _edited(self, plan_id: str, sent: str) -> CallToolResult:
        def read(plans: Plans) -> PlanEdited:
            document = plans.get(plan_id)
            now = standing(document)
            return PlanEdited(
                plan=plan_id,
                status=now.status,
                content_digest=self._desk.texts.show(document.content),
                merged=bool(sent) and document.content != sent,
                next=next_step(now),
            )

        edited = await self._desk.read(read)
        also = "Changes of others were merged in: read the result with get_plan."
        return answer(edited, "The plan was edited.", also if edited.merged else "")


def _replaced(text: str, replacements: list[Replacement]) -> str:
    for one in replacements:
        found = text.count(one.old)
        if found != 1:
            raise StaleError(
                f"{one.old[:100]!r} occurs {count(found, 'time')} in the content, not once; "
                "nothing was changed.",
                hint="Take more words around it, from the text below.",
                current=text,
                content_digest=text_digest(text),
            )
        text = text.replace(one.old, one.new)
    return text

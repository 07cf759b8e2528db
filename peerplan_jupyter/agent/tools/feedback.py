"""Tools about what reviewers say: list it, answer it."""

from __future__ import annotations

from typing import Annotated

from mcp_types import CallToolResult
from pydantic import Field

from ...errors import NotFoundError
from ...plan.document import PlanDocument
from ...plan.schema import Disposition
from ...review.feedback import FeedbackItem, all_feedback
from ...review.receipts import note_read
from ...review.threads import UNTRUSTED, Thread, find_item, threads
from ...review.threads import in_words as threads_in_words
from ...sync.plans import Plans
from ..answers import Answer, answer
from ..desk import Call, Desk
from ..standing import Standing, in_words, next_step, standing
from .parameters import AnnotationName, PlanName


class FeedbackList(Answer):
    """Threads and reviews."""

    plan: str
    items: list[Thread]
    remaining: int
    """How many more there are after these."""
    standing: Standing
    about_untrusted: str = UNTRUSTED


class ThreadAnswered(Answer):
    """A thread after your answer."""

    plan: str
    annotation: str
    reply: str | None
    """The id of your reply."""
    disposition: Disposition | None
    standing: Standing


class FeedbackTools:
    """list_feedback, reply, set_disposition."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list_feedback(
        self,
        call: Call,
        plan: PlanName,
        items: Annotated[
            list[str] | None, Field(description="Only these annotations or reviews, whole.")
        ] = None,
        limit: Annotated[int, Field(ge=1, le=100)] = 30,
        skip: Annotated[int, Field(ge=0, description="How many to leave out first.")] = 0,
    ) -> Annotated[CallToolResult, FeedbackList]:
        """List open threads and reviews: those that want an answer from you first, then the oldest,
        each with the text it is about.
        """
        plan_id, caller = await self._desk.at(call, plan)

        def read(plans: Plans) -> tuple[FeedbackList, list[FeedbackItem]]:
            document = plans.get(plan_id)
            found = [_item(document, key) for key in items] if items else all_feedback(document)
            part, now = found[skip : skip + limit], standing(document)
            told = FeedbackList(
                plan=plan_id,
                items=threads(part),
                remaining=max(len(found) - skip - len(part), 0),
                standing=now,
                next=next_step(now),
            )
            return told, part

        told, part = await self._desk.read(read)
        self._desk.later(lambda plans: note_read(plans, plan_id, caller.actor, part))
        more = f"{told.remaining} more: skip {skip + len(told.items)}." if told.remaining else ""
        return answer(told, in_words(told.standing), threads_in_words(told.items), more)

    async def reply(
        self,
        call: Call,
        plan: PlanName,
        annotation: AnnotationName,
        content: Annotated[str, Field(description="Markdown, to the reviewer.")],
    ) -> Annotated[CallToolResult, ThreadAnswered]:
        """Answer in an annotation's thread. Say what you changed, or why you did not."""
        plan_id, caller = await self._desk.at(call, plan)
        made = await self._desk.submit(
            plan_id, caller, op="reply", annotationId=annotation, content=content
        )
        return await self._answered(plan_id, annotation, made)

    async def set_disposition(
        self,
        call: Call,
        plan: PlanName,
        annotation: AnnotationName,
        disposition: Annotated[
            Disposition,
            Field(
                description="applied: done as asked; partial; declined: say why in `note`; "
                "question: you need an answer first."
            ),
        ],
        note: Annotated[str, Field(description="What was done, or why not, in a sentence.")] = "",
    ) -> Annotated[CallToolResult, ThreadAnswered]:
        """Say what you did about an annotation. Only what is in the plan counts as applied: edit
        the plan first. Resolving the thread is up to the reviewer.
        """
        plan_id, caller = await self._desk.at(call, plan)
        await self._desk.submit(
            plan_id,
            caller,
            op="set_disposition",
            annotationId=annotation,
            disposition=disposition,
            note=note,
        )
        return await self._answered(plan_id, annotation, None)

    async def _answered(self, plan_id: str, annotation: str, reply: str | None) -> CallToolResult:
        def read(plans: Plans) -> ThreadAnswered:
            document = plans.get(plan_id)
            fact, now = document.annotation(annotation).disposition, standing(document)
            return ThreadAnswered(
                plan=plan_id,
                annotation=annotation,
                reply=reply,
                disposition=fact.value if fact else None,
                standing=now,
                next=next_step(now),
            )

        told = await self._desk.read(read)
        return answer(told, "Recorded.", in_words(told.standing))


def _item(document: PlanDocument, key: str) -> FeedbackItem:
    found = find_item(document, key)
    if found is None:
        raise NotFoundError(
            f"The plan has no annotation {key[:64]!r}.", hint="list_feedback shows those there are."
        )
    return found

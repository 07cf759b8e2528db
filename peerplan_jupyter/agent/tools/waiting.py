"""The tool that waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated

from mcp_types import CallToolResult
from pydantic import BaseModel, Field

from ...errors import UnreachableError
from ...plan.document import PlanDocument
from ...review.feedback import FeedbackItem, Happening
from ...review.fence import one_line
from ...review.receipts import note_read
from ...review.threads import UNTRUSTED, Thread, find_item, threads
from ...review.threads import in_words as threads_in_words
from ...store.feed import FeedRow
from ...sync.plans import Plans
from ..answers import Answer, answer, count
from ..desk import Call, Desk
from ..standing import Standing, in_words, next_step, standing
from .parameters import PlanName

LONGEST_WAIT = 3_000.0
"""Seconds of one call; the wait goes on with the next call."""
MAX_EVENTS = 50


class Event(BaseModel):
    """Something that happened to the plan."""

    kind: str
    """annotation, reply, edited, resolved, reopened, withdrawn, disposition, review,
    review_withdrawn, revision, or edit (of the plan itself).
    """
    item: str
    """The annotation, review, revision or edit."""
    by: str
    at: int
    """Unix seconds."""


class Feedback(Answer):
    """What happened since a cursor."""

    plan: str
    cursor: str
    """Pass it to the next wait_for_feedback, so that nothing is lost and nothing comes twice."""
    timed_out: bool
    """Whether nothing happened; call again with the same cursor."""
    items: list[Thread]
    """The annotations and reviews that something happened to, as they are now."""
    events: list[Event]
    """What happened, oldest first; of many the last fifty."""
    more: bool
    """Whether more is waiting behind the cursor."""
    standing: Standing
    about_untrusted: str = UNTRUSTED


class WaitingTools:
    """wait_for_feedback."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def wait_for_feedback(
        self,
        call: Call,
        plan: PlanName,
        cursor: Annotated[
            str,
            Field(
                max_length=60, description="The cursor of your last answer; none: from the start."
            ),
        ] = "",
        timeout_seconds: Annotated[
            float, Field(ge=0, description="How long to wait, at most 3000.")
        ] = 300,
    ) -> Annotated[CallToolResult, Feedback]:
        """Wait until somebody comments, replies, edits or gives a verdict; returns at once when
        something came after `cursor`. On a timeout call it again with the cursor it returned:
        nothing is lost by a timeout, a cancelled call or a lost connection.
        """
        plan_id, caller = await self._desk.at(call, plan)
        seconds = min(timeout_seconds, LONGEST_WAIT)
        with caller.visits.waiting(caller.key, plan_id, caller.actor):
            found = await self._desk.workspace.feed.wait(
                plan_id, cursor, caller.actor.id, seconds, _reporter(call, seconds)
            )
            await _check_there(call)
        told, items = await self._desk.read(lambda plans: _take(plans, plan_id, found))
        self._desk.later(lambda plans: note_read(plans, plan_id, caller.actor, items, found.rows))
        return answer(told, _happened(told, seconds), threads_in_words(told.items))


def _take(plans: Plans, plan_id: str, found: Happening) -> tuple[Feedback, list[FeedbackItem]]:
    """What is handed to the agent.

    The feed is read from the journal, where another process may have written what is not in the
    document here yet.
    """
    plans.poll()
    document = plans.get(plan_id)
    items = _about(document, found.rows)
    now = standing(document)
    told = Feedback(
        plan=plan_id,
        cursor=found.cursor,
        timed_out=not found.rows,
        items=threads(items),
        events=[_event(document, row) for row in found.rows[-MAX_EVENTS:]],
        more=found.more,
        standing=now,
        next=_following(found, now),
    )
    return told, items


def _about(document: PlanDocument, rows: Iterable[FeedRow]) -> list[FeedbackItem]:
    keys = dict.fromkeys(str(row.item.get("id", "")) for row in rows)
    found = (find_item(document, key) for key in keys)
    return [item for item in found if item is not None]


def _following(found: Happening, now: Standing) -> str:
    if not found.rows:
        return f"Nothing happened. Call wait_for_feedback again with cursor {found.cursor}."
    if found.more:
        return f"More is waiting: call wait_for_feedback again with cursor {found.cursor}."
    edited = any(row.kind == "edit" for row in found.rows)
    read = "Somebody edited the plan: read it again with get_plan. " if edited else ""
    return read + next_step(now, found.cursor)


def _happened(told: Feedback, seconds: float) -> str:
    if told.timed_out:
        return f"No feedback within {seconds:g} seconds. {in_words(told.standing)}"
    kinds = sorted({event.kind for event in told.events})
    return (
        f"{count(len(told.events), 'thing')} happened ({', '.join(kinds)}). "
        f"{in_words(told.standing)} The next cursor is {told.cursor}."
    )


def _event(document: PlanDocument, row: FeedRow) -> Event:
    key = str(row.item.get("by", ""))
    known = document.identities.get(key)
    return Event(
        kind=row.kind,
        item=str(row.item.get("id", "")),
        by=one_line(known.name if known else key[:24], 60),
        at=row.at,
    )


def _reporter(call: Call, seconds: float) -> Callable[[float], Awaitable[None]]:
    async def report(waited: float) -> None:
        await _check_there(call)
        message = f"Waiting for feedback: {waited:.0f} of {seconds:.0f} seconds"
        await call.report_progress(waited, seconds, message)

    return report


async def _check_there(call: Call) -> None:
    """End a wait that nobody waits for: the SDK goes on with requests of the earlier protocol
    after the HTTP connection that carried them is gone.
    """
    request = call.request_context.request
    if request is not None and await request.is_disconnected():
        raise UnreachableError("The agent hung up while it waited.")

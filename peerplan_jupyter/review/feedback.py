"""Feedback: what happened to a plan since somebody last looked, and what still wants an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInputError
from ..plan.document import PlanDocument
from ..plan.schema import Annotation, ArtifactTarget, Model, StepTarget, TextTarget
from ..store.feed import FeedRow
from ..sync.peer import Peer
from ..sync.plans import PlanEvent, Plans

PAGE = 200
"""Feed rows that one answer brings at most."""


class FeedbackItem(Model):
    """One annotation with its thread, or one review, as an agent should see it."""

    id: str
    kind: str
    """`annotation` or `review`."""
    author: str
    author_kind: str
    at: int
    type: str
    """The annotation's type, or the review's verdict."""
    about: str
    """What it is about, in words: `the plan`, `step step-1: Adapter`, `text in “Expiry”`, …"""
    quote: str = ""
    """The text it is about, as it was when the annotation was made."""
    anchor: str = ""
    """For text: `anchored`, `ambiguous` or `unanchored`."""
    content: str = ""
    """Untrusted: what the person wrote."""
    replies: list[dict[str, Any]] = []
    state: str = "open"
    disposition: str = ""
    addressed: bool = False
    """Whether an agent answered it or set a disposition after the last word of a person."""


@dataclass(frozen=True)
class Happening:
    """Feed rows joined to what they are about now."""

    cursor: str
    rows: list[FeedRow]
    items: list[FeedbackItem]
    more: bool


def all_feedback(document: PlanDocument) -> list[FeedbackItem]:
    """Every open thread and standing review; what is not addressed first, then the oldest."""
    items = [annotation_item(document, one) for one in document.annotations() if _stands(one)]
    items += [
        review_item(document, key) for key, one in document.reviews.items() if not one.withdrawn
    ]
    return sorted(items, key=lambda item: (item.addressed, item.id))


def annotation_item(document: PlanDocument, one: Annotation) -> FeedbackItem:
    """An annotation and its thread."""
    return FeedbackItem(
        id=one.id,
        kind="annotation",
        author=_name(document, one.author),
        author_kind=_kind(document, one.author),
        at=one.timestamp,
        type=one.type,
        about=_about(document, one),
        quote=one.target.quote.exact if isinstance(one.target, TextTarget) else "",
        anchor=one.anchor.state if one.anchor else "",
        content=one.content,
        replies=[
            {
                "id": reply.id,
                "author": _name(document, reply.author),
                "authorKind": _kind(document, reply.author),
                "content": reply.content,
                "at": reply.timestamp,
            }
            for reply in one.replies
        ],
        state="withdrawn" if one.withdrawn else one.state,
        disposition=one.disposition.value if one.disposition else "",
        addressed=_addressed(document, one),
    )


def review_item(document: PlanDocument, key: str) -> FeedbackItem:
    """A review."""
    review = document.reviews[key]
    numbers = {one.id: one.number for one in document.revisions}
    current = document.revision
    return FeedbackItem(
        id=key,
        kind="review",
        author=_name(document, review.author),
        author_kind=_kind(document, review.author),
        at=review.timestamp,
        type=review.verdict,
        about=f"revision r{numbers.get(review.revision, '?')}",
        content=review.summary,
        state="withdrawn" if review.withdrawn else "open",
        addressed=review.verdict == "approved"
        or (current is not None and current.id != review.revision),
    )


class Feed:
    """The feed of a journal, as one reader follows it by cursors.

    A cursor is `{epoch}.{seq}`: a place in this journal's feed. One from another journal (moved
    aside, another machine) starts again from the beginning, so that nothing is lost.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def since(self, plan_id: str, cursor: str, reader: str) -> Happening:
        """What others than `reader` did to the plan after `cursor` (empty: from the beginning)."""
        return await self._peer.acall(lambda plans: self._read(plans, plan_id, cursor, reader))

    async def wait(
        self,
        plan_id: str,
        cursor: str,
        reader: str,
        seconds: float,
        progress: Callable[[float], Awaitable[None]] | None = None,
    ) -> Happening:
        """As `since`, but when there is nothing, wait up to `seconds` for something.

        `progress` is told about every two seconds how long it has waited.
        """
        woken, loop = asyncio.Event(), asyncio.get_running_loop()

        def wake(event: PlanEvent) -> None:
            if event.plan_id == plan_id:
                loop.call_soon_threadsafe(woken.set)

        stop = await asyncio.wrap_future(self._peer.post(lambda plans: plans.subscribe(wake)))
        started = loop.time()
        try:
            while True:
                woken.clear()
                found = await self.since(plan_id, cursor, reader)
                waited = loop.time() - started
                if found.rows or waited >= seconds:
                    return found
                await _nap(woken, min(2.0, seconds - waited))
                if progress is not None:
                    await progress(loop.time() - started)
        finally:
            self._peer.post(lambda _: stop())

    def _read(self, plans: Plans, plan_id: str, cursor: str, reader: str) -> Happening:
        plans.poll()
        document = plans.get(plan_id)
        after = parse_cursor(cursor, plans.journal.epoch)
        rows = plans.journal.feed_after(plan_id, after, PAGE)
        last = rows[-1].seq if rows else after
        theirs = [row for row in rows if row.item.get("by") != reader]
        items = list(_items(document, theirs))
        made = Happening(f"{plans.journal.epoch}.{last}", theirs, items, len(rows) == PAGE)
        if not theirs and made.more:
            return self._read(plans, plan_id, made.cursor, reader)
        return made


def parse_cursor(cursor: str, epoch: str) -> int:
    """The place a cursor names in the journal of `epoch`; 0 for none and for another journal's."""
    if not cursor:
        return 0
    made_in, _, seq = cursor.partition(".")
    if not seq.isdigit() or len(cursor) > 60:
        raise InvalidInputError(
            f"{cursor[:60]!r} is not a cursor.", hint="Pass the cursor of the last answer, or none."
        )
    return int(seq) if made_in == epoch else 0


def _items(document: PlanDocument, rows: Iterable[FeedRow]) -> Iterable[FeedbackItem]:
    seen: set[str] = set()
    for row in rows:
        key = str(row.item.get("id", ""))
        if key in seen:
            continue
        seen.add(key)
        one = document.find_annotation(key)
        if one is not None:
            yield annotation_item(document, one)
        elif key in document.reviews:
            yield review_item(document, key)


def _stands(one: Annotation) -> bool:
    return one.withdrawn is None and one.state == "open"


def _addressed(document: PlanDocument, one: Annotation) -> bool:
    """Whether the last word in a thread is an agent's, or everything was settled."""
    if one.withdrawn or one.state == "resolved":
        return True
    words = [(one.id, one.author)] + [(reply.id, reply.author) for reply in one.replies]
    if one.disposition:
        words.append((one.disposition.op, one.disposition.by))
    _, author = max(words)
    return _kind(document, author) == "agent" and author != one.author


def _about(document: PlanDocument, one: Annotation) -> str:
    target = one.target
    if isinstance(target, TextTarget):
        return f"text in “{target.block}”" if target.block else "text"
    if isinstance(target, StepTarget):
        titles = {step.id: step.title for step in document.steps}
        return f"step {target.step_id}: {titles.get(target.step_id, '(removed)')}"
    if isinstance(target, ArtifactTarget):
        found = document.artifacts.get(target.artifact_id)
        part = f" at {target.selector.value}" if target.selector else ""
        return f"artifact {found.name if found else target.artifact_id}{part}"
    return "the plan"


def _name(document: PlanDocument, key: str) -> str:
    known = document.identities.get(key)
    return known.name if known else key[:24]


def _kind(document: PlanDocument, key: str) -> str:
    known = document.identities.get(key)
    return known.kind if known else "human"


async def _nap(woken: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(woken.wait(), max(seconds, 0))
    except TimeoutError:
        return

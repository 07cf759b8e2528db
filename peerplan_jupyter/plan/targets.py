"""Where an annotation's text is now: by cursor, then by quote, then by quote within its block."""

from __future__ import annotations

import base64
import bisect
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import loro

from ..errors import InvalidInputError
from .guard import guarded
from .positions import Positions, positions
from .schema import (
    Anchor,
    CursorPair,
    TextPositionSelector,
    TextQuoteSelector,
    TextTarget,
)

CONTEXT = 32
"""Characters of prefix and suffix that are kept with a quote."""
_MAX_MATCHES = 1000
_UNANCHORED = Anchor(state="unanchored")
_AMBIGUOUS = Anchor(state="ambiguous")
_heading = re.compile(r"^#{1,6}\s+(.+)$", re.MULTILINE)


def bind(target: TextTarget, text: loro.LoroText, content: str) -> TextTarget:
    """`target` completed for storage: position, context, block and cursors of the text it names.

    Raises `InvalidInputError` when its quote is not in `content`, or is there more than once
    and neither position nor context says which is meant.
    """
    spot = locate(target, content)
    if spot.start is None or spot.end is None:
        raise _unplaced(target, spot, content)
    start, end = spot.start, spot.end
    return TextTarget(
        quote=TextQuoteSelector(
            exact=content[start:end],
            prefix=content[max(0, start - CONTEXT) : start],
            suffix=content[end : end + CONTEXT],
        ),
        position=TextPositionSelector(start=start, end=end),
        block=block_at(content, start),
        cursor=_cursors(text, start, end),
    )


def locate(target: TextTarget, content: str) -> Anchor:
    """Where a new target points in the text its author saw: its position if the quote is there."""
    exact, position = target.quote.exact, target.position
    if position and content[position.start : position.end] == exact:
        return _at(position.start, position.start + len(exact))
    return by_quote(target, content)


class Spots(NamedTuple):
    """Where the characters are that a target's cursors were set on, or were before they went."""

    first: int
    last: int
    first_gone: bool
    last_gone: bool

    @property
    def end(self) -> int:
        """Behind the last one."""
        return self.last + (not self.last_gone)


def spots(target: TextTarget, doc: loro.LoroDoc) -> Spots | None:
    """Where the cursors of a target are; None without cursors that can be read."""
    if target.cursor is None:
        return None
    return spots_at(target.cursor, positions(doc, [target.cursor.start, target.cursor.end]))


def spots_at(cursor: CursorPair, found: Positions) -> Spots | None:
    """Where both cursors are by what was found; None if one of them was not."""
    first, last = found.get(cursor.start), found.get(cursor.end)
    if first is None or last is None:
        return None
    return Spots(first.at, last.at, first.gone, last.gone)


def resolve(target: TextTarget, found: Spots | None, content: str) -> Anchor:
    """Where a stored target is in `content` now; cursor first, then quote, then block."""
    now = content[found.first : found.end] if found else ""
    if found and _still_says(now, target.quote.exact):
        return _at(found.first, min(found.end, len(content)))
    return by_quote(target, content)


def stands(target: TextTarget, found: Spots | None, content: str) -> bool:
    """Whether both characters that the cursors were set on live, around the words of the quote."""
    if found is None or found.first_gone or found.last_gone:
        return False
    return content[found.first : found.last + 1] == target.quote.exact


def is_alone(target: TextTarget, content: str) -> bool:
    """Whether the quote stands in one place at most, so that nothing else decides between more."""
    return len(_occurrences(target.quote.exact, content)) <= 1


def by_quote(target: TextTarget, content: str) -> Anchor:
    """The one place where the quote stands; more are narrowed by context, then by block."""
    quote = target.quote
    found = _occurrences(quote.exact, content)
    if len(found) > 1:
        found = _best(found, content, quote)
    if len(found) > 1 and target.block:
        named = _blocks(content)
        found = [at for at in found if named.at(at) == target.block] or found
    if not found:
        return _UNANCHORED
    return _at(found[0], found[0] + len(quote.exact)) if len(found) == 1 else _AMBIGUOUS


class Blocks:
    """The headings of a text, to name the block a position is in."""

    def __init__(self, content: str) -> None:
        headings = list(_heading.finditer(content))
        self._starts = [match.start() for match in headings]
        self._names = [match.group(1).strip()[:400] for match in headings]

    def at(self, position: int) -> str:
        """The heading above `position`; empty before the first."""
        index = bisect.bisect_right(self._starts, position) - 1
        return self._names[index] if index >= 0 else ""


def block_at(content: str, position: int) -> str:
    """The heading above a position of `content`."""
    return _blocks(content).at(position)


@lru_cache(maxsize=2)
def _blocks(content: str) -> Blocks:
    return Blocks(content)


def _at(start: int, end: int) -> Anchor:
    return Anchor(state="anchored", start=start, end=end)


@lru_cache(maxsize=8)
def _occurrences(exact: str, content: str) -> Sequence[int]:
    """Where `exact` begins in `content`, the first `_MAX_MATCHES` times."""
    found: list[int] = []
    at = content.find(exact)
    while at >= 0 and len(found) < _MAX_MATCHES:
        found.append(at)
        at = content.find(exact, at + 1)
    return found


def _best(found: Sequence[int], content: str, quote: TextQuoteSelector) -> list[int]:
    """The places around which most characters next to the quote are those of its context.

    Anybody may write a quote that stands in a thousand places: what stands next to several of
    them is compared once.
    """
    size, near, far = len(quote.exact), len(quote.prefix), len(quote.suffix)
    before = [content[max(0, at - near) : at] for at in found]
    after = [content[at + size : at + size + far] for at in found]
    prefix = quote.prefix[::-1]
    fore = {text: _common(text[::-1], prefix) for text in set(before)}
    back = {text: _common(text, quote.suffix) for text in set(after)}
    scores = [fore[one] + back[other] for one, other in zip(before, after, strict=True)]
    top = max(scores)
    return [at for at, one in zip(found, scores, strict=True) if one == top]


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginnings."""
    if one[:1] != other[:1]:
        return 0
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _still_says(now: str, before: str) -> bool:
    """Whether text between the cursors is still recognisably what was quoted."""
    if now == before:
        return True
    if not now.strip():
        return False
    kept = _common(now, before) + _common(now[::-1], before[::-1])
    return kept * 2 >= max(len(now), len(before))


def _cursors(text: loro.LoroText, start: int, end: int) -> CursorPair | None:
    with guarded("Setting a cursor"):
        first = text.get_cursor(start, loro.Side.Left)
        last = text.get_cursor(end - 1, loro.Side.Left)
    if first is None or last is None:
        return None
    return CursorPair(start=_encode(first), end=_encode(last))


def _encode(cursor: loro.Cursor) -> str:
    return base64.b64encode(cursor.encode()).decode()


def _unplaced(target: TextTarget, spot: Anchor, content: str) -> InvalidInputError:
    quote = target.quote.exact[:80]
    if spot.state == "ambiguous":
        return InvalidInputError(
            f"The text {quote!r} stands in the plan more than once.",
            hint="Say which is meant: give `position`, or `prefix` and `suffix`.",
        )
    return InvalidInputError(
        f"The text {quote!r} is not in the plan any more.",
        hint="Read the plan again and quote what it says now.",
        current=content,
    )

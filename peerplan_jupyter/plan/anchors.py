"""The places of all text annotations, kept while the content changes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Any

import loro

from .schema import Anchor, TextTarget
from .targets import resolve, stands


class Anchors:
    """Resolved anchors by annotation id; only those that were asked for."""

    def __init__(self) -> None:
        self._anchored: dict[str, tuple[int, int]] = {}
        """Those that stand where both cursors are, with the words of their quote."""
        self._loose: dict[str, Anchor] = {}
        """All others: resolved anew after every change, so that every peer finds the same."""

    def get(self, key: str, target: TextTarget, doc: loro.LoroDoc, content: str) -> Anchor:
        """Where `target` is; resolved once, then kept up by `shift`."""
        if key in self._anchored:
            start, end = self._anchored[key]
            return Anchor(state="anchored", start=start, end=end)
        if key not in self._loose:
            anchor = resolve(target, doc, content)
            if anchor.start is None or anchor.end is None or not stands(target, doc, content):
                self._loose[key] = anchor
            else:
                self._anchored[key] = (anchor.start, anchor.end)
            return anchor
        return self._loose[key]

    def known(self) -> list[str]:
        """The annotations whose anchors were asked for."""
        return [*self._anchored, *self._loose]

    def forget(self, key: str) -> None:
        """Resolve `key` anew when it is next asked for."""
        self._anchored.pop(key, None)
        self._loose.pop(key, None)

    def shift(self, delta: Iterable[dict[str, Any]]) -> list[str]:
        """Move all anchors by a content change; the ids of those it touched, which are forgotten.

        Text inserted at an anchor's start moves it, at its end does not extend it.
        """
        edits = _Edits(delta)
        touched = [key for key, spot in self._anchored.items() if edits.touches(*spot)]
        touched += self._loose
        for key in touched:
            self.forget(key)
        self._anchored = {key: edits.move(*spot) for key, spot in self._anchored.items()}
        return touched


class _Edits:
    """A delta as edits at positions of the old text, searched by bisection."""

    def __init__(self, delta: Iterable[dict[str, Any]]) -> None:
        self._at: list[int] = []
        self._end: list[int] = []
        growth: list[int] = []
        position = 0
        for part in delta:
            if "retain" in part:
                position += part["retain"]
                continue
            inserted, deleted = len(part.get("insert", "")), part.get("delete", 0)
            self._at.append(position)
            self._end.append(position + deleted)
            growth.append(inserted - deleted)
            position += deleted
        self._grown = [0, *accumulate(growth)]

    def touches(self, start: int, end: int) -> bool:
        """Whether an edit deletes some of the range, or inserts strictly inside it."""
        first = bisect_right(self._end, start)
        return any(self._at[index] < end for index in range(first, bisect_left(self._at, end)))

    def move(self, start: int, end: int) -> tuple[int, int]:
        """The range after the edits, none of which touches it."""
        by = self._grown[bisect_right(self._end, start)]
        return start + by, end + by

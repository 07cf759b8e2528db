"""Edits: a change of the content, asked by positions of the text before it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Any

MANY = 50
"""Edits of one change that are looked at one by one."""


class Edits:
    """A delta as replaced ranges of the old text, searched by bisection."""

    def __init__(self, delta: Iterable[dict[str, Any]]) -> None:
        self._at: list[int] = []
        self._end: list[int] = []
        self._come: list[int] = []
        growth: list[int] = []
        position = 0
        for part in delta:
            if "retain" in part:
                position += part["retain"]
                continue
            inserted, deleted = len(part.get("insert", "")), part.get("delete", 0)
            self._at.append(position)
            self._end.append(position + deleted)
            self._come.append(inserted)
            growth.append(inserted - deleted)
            position += deleted
        self._grown = [0, *accumulate(growth)]

    @property
    def outside(self) -> tuple[int, int, int]:
        """Where the first edit begins, where the last ends, and how far what follows moves."""
        if not self._at:
            return 0, 0, 0
        return self._at[0], self._end[-1], self._grown[-1]

    def touches(self, start: int, end: int) -> bool:
        """Whether an edit deletes some of the range, or inserts strictly inside it."""
        first = bisect_right(self._end, start)
        return any(self._at[index] < end for index in range(first, bisect_left(self._at, end)))

    def borders(self, start: int, end: int) -> bool:
        """Whether an edit touches the range or one of its ends."""
        return bisect_left(self._end, start) < bisect_right(self._at, end)

    def move(self, start: int, end: int) -> tuple[int, int]:
        """The range after the edits, none of which touches it."""
        by = self._grown[bisect_right(self._end, start)]
        return start + by, end + by

    def brought(self, words: str, content: str) -> bool:
        """Whether the edits made `words` stand where they did not stand before, or may have: more
        edits than a few are not looked through. `content` is the new text.
        """
        if len(self._at) > MANY:
            return True
        near = max(len(words) - 1, 0)
        for at, by, come in zip(self._at, self._grown, self._come, strict=False):
            start = at + by
            if content.find(words, max(start - near, 0), start + come + near) >= 0:
                return True
        return False

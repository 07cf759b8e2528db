"""The places of all text annotations, kept while the content changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import loro

from .edits import Edits
from .positions import positions
from .schema import MAX_READ_CONTENT, Anchor, TextTarget
from .targets import Spots, is_alone, resolve, spots, spots_at, stands


@dataclass
class _Loose:
    """An anchor that does not stand where both cursors are, with what it follows from."""

    target: TextTarget
    spots: Spots | None
    anchor: Anchor
    alone: bool

    def follow(self, edits: Edits) -> bool:
        """Move the cursors; False where only Loro can say where they are now."""
        if self.spots is None:
            return self.target.cursor is None
        first, last = self.spots.first, self.spots.last
        low, high = min(first, last), max(first, self.spots.end)
        if edits.borders(low, high):
            return False
        by = edits.move(low, high)[0] - low
        self.spots = self.spots._replace(first=first + by, last=last + by)
        return True

    def settle(self, edits: Edits, content: str) -> bool:
        """Find the place anew where it may be another; whether it is another than a reader finds
        who moves the old one.
        """
        moved = _moved(self.anchor, edits)
        if moved and self.alone and not edits.brought(self.target.quote.exact, content):
            self.anchor = moved
            return False
        self.anchor = resolve(self.target, self.spots, content)
        self.alone = is_alone(self.target, content)
        return self.anchor != moved


class Anchors:
    """Resolved anchors by annotation id; only those that were asked for."""

    def __init__(self) -> None:
        self._anchored: dict[str, tuple[int, int]] = {}
        """Those that stand where both cursors are, with the words of their quote."""
        self._loose: dict[str, _Loose] = {}
        """All others: where they are follows from all of the content, for every peer alike."""
        self._found: dict[str, Spots | None] = {}
        """Where the cursors of those are that are asked for next."""

    def place(self, targets: Mapping[str, TextTarget | None], doc: loro.LoroDoc) -> None:
        """Find the cursors of many that are asked for next, in less than one after the other."""
        new = {key: one.cursor for key, one in targets.items() if one and self._is_new(key)}
        cursors = [one for one in new.values() if one]
        found = positions(doc, [text for one in cursors for text in (one.start, one.end)])
        self._found = {key: spots_at(one, found) if one else None for key, one in new.items()}

    def _is_new(self, key: str) -> bool:
        return key not in self._anchored and key not in self._loose

    def get(self, key: str, target: TextTarget, doc: loro.LoroDoc, content: str) -> Anchor:
        """Where `target` is; resolved once, then kept up by `shift`."""
        if key in self._anchored:
            start, end = self._anchored[key]
            return Anchor(state="anchored", start=start, end=end)
        if key not in self._loose:
            found = self._found.pop(key) if key in self._found else spots(target, doc)
            anchor = resolve(target, found, content)
            if anchor.start is None or anchor.end is None or not stands(target, found, content):
                self._loose[key] = _Loose(target, found, anchor, is_alone(target, content))
            else:
                self._anchored[key] = (anchor.start, anchor.end)
            return anchor
        return self._loose[key].anchor

    def known(self) -> list[str]:
        """The annotations whose anchors were asked for."""
        return [*self._anchored, *self._loose]

    def forget(self, key: str) -> None:
        """Resolve `key` anew when it is next asked for."""
        self._anchored.pop(key, None)
        self._loose.pop(key, None)
        self._found.pop(key, None)

    def shift(self, delta: Iterable[dict[str, Any]], content: str) -> list[str]:
        """Move all anchors by a change that made `content`; the ids of those that are elsewhere
        than a reader finds who moves the old ones.

        Text inserted at an anchor's start moves it, at its end does not extend it.
        """
        edits = Edits(delta)
        self._found.clear()
        return self._shift_anchored(edits) + self._shift_loose(edits, content)

    def _shift_anchored(self, edits: Edits) -> list[str]:
        first, last, by = edits.outside
        kept: dict[str, tuple[int, int]] = {}
        touched: list[str] = []
        for key, spot in self._anchored.items():
            start, end = spot
            if end <= first:
                kept[key] = spot
            elif start >= last:
                kept[key] = (start + by, end + by)
            elif edits.touches(start, end):
                touched.append(key)
            else:
                kept[key] = edits.move(start, end)
        self._anchored = kept
        return touched

    def _shift_loose(self, edits: Edits, content: str) -> list[str]:
        # More text than is read may come into what is read, or leave it, where nobody edited.
        cut = max(len(content), len(content) - edits.outside[2]) >= MAX_READ_CONTENT
        told: list[str] = []
        for key, one in list(self._loose.items()):
            if cut or not one.follow(edits):
                self.forget(key)
                told.append(key)
            elif one.settle(edits, content):
                told.append(key)
        return told


def _moved(anchor: Anchor, edits: Edits) -> Anchor | None:
    """The anchor after the edits; None if one of them touches it."""
    if anchor.start is None or anchor.end is None:
        return anchor
    if edits.touches(anchor.start, anchor.end):
        return None
    start, end = edits.move(anchor.start, anchor.end)
    return anchor if start == anchor.start else Anchor(state=anchor.state, start=start, end=end)

"""The Loro containers of a plan, by known paths: reading and writing raw values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import loro

from .guard import guarded

Collection = Literal["artifacts", "annotations", "reviews", "revisions"]
MAX_CHARACTER_DIFF = 4_000_000
"""Product of the lengths of two texts that are compared by characters."""
COLLECTIONS: tuple[Collection, ...] = ("artifacts", "annotations", "reviews", "revisions")


class Containers:
    """A Loro document seen as the plan's containers; every call is guarded.

    `get_deep_value()` is never used: a value nested 20,000 deep, which a peer can send in
    0.6 kB, overflows its stack.
    """

    def __init__(self, doc: loro.LoroDoc) -> None:
        self.doc = doc
        self.text = doc.get_text("content")
        self._steps = doc.get_movable_list("steps")

    def record(self, collection: Collection, key: str) -> dict[str, Any] | None:
        """The raw entity `key` of a collection, or None."""
        with guarded(f"Reading {collection}"):
            entity = _map(self.doc.get_map(collection).get(key))
            return None if entity is None else _dict(entity.get_value())

    def ids(self, collection: Collection) -> list[str]:
        """The ids of a collection, oldest first (they are ULIDs)."""
        with guarded(f"Reading {collection}"):
            return sorted(self.doc.get_map(collection).keys())

    def write(self, collection: Collection, key: str, fields: Mapping[str, Any]) -> None:
        """Set `fields` of an entity, which begins to exist with its first field."""
        with guarded(f"Writing {collection}"):
            entity = self.doc.get_map(collection).ensure_mergeable_map(key)
            for name, value in fields.items():
                entity.insert(name, value)

    def value(self, root: str, key: str) -> Any:
        """A plain value of a root map, or None."""
        with guarded(f"Reading {root}"):
            found = self.doc.get_map(root).get(key)
            return found.value if isinstance(found, loro.ValueOrContainer.Value) else None

    def values(self, root: str) -> dict[str, Any]:
        """All plain values of a root map."""
        with guarded(f"Reading {root}"):
            return _dict(self.doc.get_map(root).get_value())

    def put(self, root: str, key: str, value: Any) -> None:
        """Set a plain value of a root map."""
        with guarded(f"Writing {root}"):
            self.doc.get_map(root).insert(key, value)

    def content(self) -> str:
        """The plan's markdown."""
        with guarded("Reading the content"):
            return str(self.text.to_string())

    def set_content(self, text: str) -> None:
        """Turn the content into `text` by a small change, so that cursors keep their place.

        Beginning and end that stay are left alone. Between them the smallest change by characters
        is made where it is found in time, else the smallest by lines.
        """
        before = self.content()
        start = _common(before, text)
        end = min(_common(before[::-1], text[::-1]), min(len(before), len(text)) - start)
        old, new = before[start : len(before) - end], text[start : len(text) - end]
        with guarded("Writing the content"):
            if not old or not new:
                start = _to_line_start(before if old else text, start, len(old or new))
                end = start + len(new)
                self.text.splice(start, len(old), text[start:end])
            elif len(old) * len(new) <= MAX_CHARACTER_DIFF:
                try:
                    self.text.update(text, timeout_ms=100)
                except ValueError:
                    self._update_by_line(text, start, len(old), new)
            else:
                self._update_by_line(text, start, len(old), new)

    def _update_by_line(self, text: str, start: int, gone: int, new: str) -> None:
        try:
            self.text.update_by_line(text, timeout_ms=500)
        except ValueError:
            self.text.splice(start, gone, new)

    def steps(self) -> list[dict[str, Any]]:
        """The raw steps in their order; empty where something else than a map is."""
        with guarded("Reading the steps"):
            found = [_map(self._steps.get(index)) for index in range(len(self._steps))]
            return [{} if step is None else _dict(step.get_value()) for step in found]

    def insert_step(self, index: int, fields: Mapping[str, Any]) -> None:
        """Add a step before the one at `index`."""
        with guarded("Writing the steps"):
            new = loro.LoroMap()  # type: ignore[no-untyped-call]
            step = _map(self._steps.insert_container(index, new))
            for name, value in fields.items() if step is not None else ():
                step.insert(name, value)

    def update_step(self, index: int, fields: Mapping[str, Any]) -> None:
        """Set `fields` of the step at `index`."""
        with guarded("Writing the steps"):
            step = _map(self._steps.get(index))
            for name, value in fields.items() if step is not None else ():
                step.insert(name, value)

    def move_step(self, index: int, to: int) -> None:
        """Move a step; `to` is its index afterwards."""
        with guarded("Writing the steps"):
            self._steps.mov(index, to)

    def remove_step(self, index: int) -> None:
        """Remove the step at `index`."""
        with guarded("Writing the steps"):
            self._steps.delete(index, 1)


def _map(held: Any) -> Any:
    """The `LoroMap` in what a container holds; None if it holds anything else.

    Typed loosely: the library's stubs give one union for all containers.
    """
    inner = held.container if isinstance(held, loro.ValueOrContainer.Container) else held
    return inner if isinstance(inner, loro.LoroMap) else None


def _dict(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _to_line_start(text: str, start: int, size: int) -> int:
    """Where a run of `size` characters that came or went at `start` may as well have begun: at the
    start of a line, if the text is the same for it.
    """
    at = start
    while at > 0 and text[at - 1] != "\n" and text[at - 1] == text[at + size - 1]:
        at -= 1
    return at if at == 0 or text[at - 1] == "\n" else start

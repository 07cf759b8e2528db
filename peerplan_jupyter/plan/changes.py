"""What a commit or an import changed: read off Loro's events, and told as a change set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import loro

from .containers import COLLECTIONS
from .projection import REPLY

Delta = list[dict[str, Any]]
NewsKind = Literal[
    "annotation",
    "reply",
    "edited",
    "resolved",
    "reopened",
    "withdrawn",
    "disposition",
    "review",
    "review_withdrawn",
    "revision",
    "edit",
]


@dataclass(frozen=True)
class News:
    """One thing that happened, worth waking somebody for. `key` is unique in its plan."""

    key: str
    kind: NewsKind
    id: str
    """The annotation, review, revision or operation it is about."""
    reply: str = ""
    by: str = ""
    at: int = 0


@dataclass
class ChangeSet:
    """Only what changed, as plain JSON in wire names; None for an entity that is gone."""

    seq: int
    header: dict[str, Any] = field(default_factory=dict)
    content: dict[str, Any] | None = None
    steps: list[dict[str, Any]] | None = None
    entities: dict[str, dict[str, dict[str, Any] | None]] = field(default_factory=dict)
    news: list[News] = field(default_factory=list)
    """Not on the wire."""

    def to_wire(self) -> dict[str, Any]:
        """`{"seq", "header"?, "content"?, "steps"?, "artifacts"?, "annotations"?, …}`."""
        wire: dict[str, Any] = {"seq": self.seq, **self.entities}
        if self.header:
            wire["header"] = self.header
        if self.content is not None:
            wire["content"] = self.content
        if self.steps is not None:
            wire["steps"] = self.steps
        return wire


@dataclass
class Touched:
    """The places that events named, before anything is read."""

    roots: set[str] = field(default_factory=set)
    entities: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """Collection → entity id → the keys that changed in it."""
    values: dict[str, set[str]] = field(default_factory=dict)
    """Root map → the keys that changed in it."""
    deltas: list[Delta] = field(default_factory=list)
    """The changes of the content, in order."""

    def note(self, event: Any) -> None:
        """Remember one `DiffEvent`. Runs inside Loro's callback: it reads, and never raises."""
        for one in event.events:
            keys = [getattr(part.index, "key", None) for part in one.path]
            root = keys[0] if keys else None
            if isinstance(root, str):
                self.roots.add(root)
                self._note_keys(root, keys, one.diff)

    def _note_keys(self, root: str, keys: list[Any], diff: Any) -> None:
        if isinstance(diff, loro.Diff.Text):
            if root == "content":
                self.deltas.append(_delta(diff.diff))
        elif isinstance(diff, loro.Diff.Map):
            names = set(diff.diff.updated)
            if root in COLLECTIONS and len(keys) > 1 and isinstance(keys[1], str):
                self.entities.setdefault(root, {}).setdefault(keys[1], set()).update(names)
            elif root in COLLECTIONS:
                for name in names:
                    self.entities.setdefault(root, {}).setdefault(name, set())
            else:
                self.values.setdefault(root, set()).update(names)

    def of(self, collection: str) -> dict[str, set[str]]:
        """The entities of a collection that were touched."""
        return self.entities.get(collection, {})


def _delta(parts: Iterable[Any]) -> Delta:
    """Between what stays, what comes and then what goes: in one form, whoever cut it how."""
    made: Delta = []
    come, gone = "", 0
    for part in (*parts, None):
        if isinstance(part, loro.TextDelta.Insert):
            come += part.insert
        elif isinstance(part, loro.TextDelta.Delete):
            gone += part.delete
        else:
            made += [{"insert": come}] if come else []
            made += [{"delete": gone}] if gone else []
            come, gone = "", 0
            made += [{"retain": part.retain}] if part is not None else []
    return made


def annotation_news(key: str, raw: dict[str, Any], names: set[str]) -> Iterable[News]:
    """What the changed keys of one annotation mean to those who follow it."""
    if "id" in names:
        yield News(
            key, "annotation", key, by=_str(raw.get("author")), at=_int(raw.get("timestamp"))
        )
    elif "content" in names:
        at = _int(raw.get("edited"))
        yield News(f"{key}/edited/{at}", "edited", key, by=_str(raw.get("author")), at=at)
    for name in sorted(names):
        value = raw.get(name)
        if isinstance(value, dict):
            yield from _fact_news(key, name, value)


def _fact_news(key: str, name: str, value: dict[str, Any]) -> Iterable[News]:
    by, at, op = _str(value.get("by")), _int(value.get("at")), _str(value.get("op"))
    if name.startswith(REPLY):
        reply = name.removeprefix(REPLY)
        edited = _int(value.get("edited"))
        suffix = f"/edited/{edited}" if edited else ""
        author, when = _str(value.get("author")), edited or _int(value.get("timestamp"))
        yield News(f"{key}/{reply}{suffix}", "reply", key, reply, author, when)
    elif name == "state":
        kind: NewsKind = "resolved" if value.get("value") == "resolved" else "reopened"
        yield News(f"{key}/{kind}/{op}", kind, key, by=by, at=at)
    elif name == "disposition":
        yield News(f"{key}/disposition/{op}", "disposition", key, by=by, at=at)
    elif name == "withdrawn":
        yield News(f"{key}/withdrawn", "withdrawn", key, by=by, at=at)


def review_news(key: str, raw: dict[str, Any], names: set[str]) -> Iterable[News]:
    """What the changed keys of one review mean."""
    if "id" in names:
        yield News(key, "review", key, by=_str(raw.get("author")), at=_int(raw.get("timestamp")))
    gone = raw.get("withdrawn")
    if "withdrawn" in names and isinstance(gone, dict):
        yield News(
            f"{key}/withdrawn",
            "review_withdrawn",
            key,
            by=_str(gone.get("by")),
            at=_int(gone.get("at")),
        )


def revision_news(key: str, raw: dict[str, Any], names: set[str]) -> Iterable[News]:
    """A revision was frozen."""
    if "id" in names:
        yield News(key, "revision", key, by=_str(raw.get("author")), at=_int(raw.get("timestamp")))


def edit_news(op: str, raw: Any) -> Iterable[News]:
    """Somebody edited the plan itself."""
    if isinstance(raw, dict) and raw.get("op") in EDITS:
        yield News(op, "edit", op, by=_str(raw.get("by")), at=_int(raw.get("at")))


EDITS = frozenset(
    {"edit_content", "edit_title", "add_step", "update_step", "move_step", "remove_step"}
)


def _str(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _int(value: Any) -> int:
    return value if isinstance(value, int) else 0

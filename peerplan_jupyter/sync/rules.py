"""What a reviewer may write into a plan, operation by operation; see Roles in `docs/mesh.md`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..plan.changes import EDITS
from ..plan.ids import ULID_PATTERN
from ..plan.projection import REACTION, REPLY
from ..plan.schema import Actor
from .refusals import OversteppedError

MAX_DEPTH = 16
"""Levels of a value."""
MAX_EMOJI = 16
_entity = re.compile(r"cid:root-🤝:\$(annotations|reviews)>([A-Za-z0-9][A-Za-z0-9_-]{0,63}):Map\Z")
_root = re.compile(r"cid:root-([a-z]{1,20}):Map\Z")
_id = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
_ulid = re.compile(ULID_PATTERN.replace("$", r"\Z"))
_field = re.compile(r"[A-Za-z]{1,40}\Z")
_child = "🦜:"
"""With it begins the name of a container where Loro's JSON has a value."""


class Before(Protocol):
    """The plan as it was before the change."""

    def record(self, collection: str, key: str) -> Mapping[str, Any]:
        """An entity's fields; none where there is none."""

    def value(self, root: str, key: str) -> Any:
        """A plain value of a root map, or None."""

    def marker(self, collection: str, key: str) -> Any:
        """What stands in a collection where an entity is."""


@dataclass(frozen=True, slots=True)
class Write:
    """One operation as Loro's JSON has it: a key of a map is set, or something else happens."""

    peer: int
    counter: int
    container: str
    type: str
    key: str
    value: Any

    @property
    def place(self) -> str:
        """Where it writes, for a person."""
        name = self.container.removeprefix("cid:root-").removeprefix("🤝:$")
        return f"{name.replace('>', '/')[:100]} {self.key[:60]}".strip()


def read_writes(changes: Iterable[Mapping[str, Any]]) -> list[Write]:
    """The operations of what `export_json_in_id_span` wrote."""
    found = []
    for change in changes:
        peer = int(str(change["id"]).partition("@")[2])
        for op in change["ops"]:
            content = op["content"]
            key, value = content.get("key"), content.get("value")
            name = key if isinstance(key, str) else ""
            kind = str(content.get("type"))
            found.append(Write(peer, op["counter"], str(op["container"]), kind, name, value))
    return found


def names_of(writes: Iterable[Write]) -> set[str]:
    """The ids of those in whose name something was written."""
    found = set()
    for one in writes:
        if one.container == "cid:root-identities:Map":
            found.add(one.key)
        elif one.key == "author" and isinstance(one.value, str):
            found.add(one.value)
        elif isinstance(one.value, dict):
            found |= {str(one.value.get("by", "")), str(one.value.get("author", ""))}
    return found


class Rules:
    """What one reviewer may write."""

    def __init__(self, who: Actor, before: Before) -> None:
        self._who, self._before = who, before
        self._claims: dict[tuple[str, str], list[Any]] = {}

    def judge(self, writes: Iterable[Write]) -> None:
        """Raise `OversteppedError`, which names the first offence, unless all of it is allowed."""
        writes = list(writes)
        self._claims = {}
        for one in writes:
            entity = _entity.match(one.container)
            if entity and one.key == "author":
                self._claims.setdefault((entity[1], entity[2]), []).append(one.value)
        for one in writes:
            if not self._allowed(one):
                raise OversteppedError(
                    f"A reviewer may not write this: {one.type} {one.place}.",
                    hint="Reviewers annotate, reply, react and review; the plan is its owner's.",
                    place=one.place,
                )

    def _allowed(self, one: Write) -> bool:
        if one.type != "insert" or not _is_plain(one.value):
            return False
        if entity := _entity.match(one.container):
            return self._in_entity(entity[1], entity[2], one.key, one.value)
        root = _root.match(one.container)
        return root is not None and self._in_root(root[1], one.key, one.value)

    def _in_root(self, root: str, key: str, value: Any) -> bool:
        if root in {"annotations", "reviews"}:
            made = _id.match(key) is not None and value == self._before.marker(root, key)
            return made and self._own(root, key)
        if root == "identities":
            return key == self._who.id and self._is_me(value)
        if root == "applied":
            return _ulid.match(key) is not None and self._is_applied(key, value)
        return False

    def _is_me(self, value: Any) -> bool:
        """A kind, once known, stays: no agent becomes a person."""
        known = self._before.value("identities", self._who.id)
        kind = known.get("kind") if isinstance(known, dict) else self._who.kind
        named = isinstance(value, dict) and set(value) == {"name", "kind"}
        return named and isinstance(value["name"], str) and value["kind"] == kind == self._who.kind

    def _is_applied(self, key: str, value: Any) -> bool:
        before = self._before.value("applied", key)
        free = before is None or (isinstance(before, dict) and before.get("by") == self._who.id)
        told = isinstance(value, dict) and value.get("by") == self._who.id
        return free and told and value.get("op") not in EDITS

    def _in_entity(self, collection: str, key: str, name: str, value: Any) -> bool:
        if collection == "annotations" and name.startswith(REPLY):
            return self._is_reply(key, name, value)
        if collection == "annotations" and name.startswith(REACTION):
            return self._is_reaction(name, value)
        if not self._own(collection, key) or not _field.match(name):
            return False
        if name in {"id", "author"}:
            return bool(value == (key if name == "id" else self._who.id))
        approves = collection == "reviews" and name == "verdict" and value == "approved"
        return self._says_me(value) and not (approves and self._who.kind == "agent")

    def _says_me(self, value: Any) -> bool:
        """Facts name who did them."""
        me = self._who.id
        return not isinstance(value, dict) or (
            value.get("by", me) == me and value.get("author", me) == me
        )

    def _is_reply(self, key: str, name: str, value: Any) -> bool:
        reply = name.removeprefix(REPLY)
        known = self._before.record("annotations", key).get(name)
        free = known is None or (isinstance(known, dict) and known.get("author") == self._who.id)
        told = isinstance(value, dict) and value.get("author") == self._who.id
        return free and told and _id.match(reply) is not None and value.get("id") == reply

    def _is_reaction(self, name: str, value: Any) -> bool:
        emoji, _, who = name.removeprefix(REACTION).partition(":")
        fits = 0 < len(emoji) <= MAX_EMOJI
        return fits and who == self._who.id and isinstance(value, bool)

    def _own(self, collection: str, key: str) -> bool:
        """Whether an entity was this reviewer's, or is new and says so."""
        before = self._before.record(collection, key).get("author")
        claims = self._claims.get((collection, key), []) if before is None else [before]
        return bool(claims) and all(one == self._who.id for one in claims)


def _is_plain(value: Any, depth: int = 0) -> bool:
    """Whether a value is JSON of little depth, and no container."""
    if depth == 0 and isinstance(value, str) and value.startswith(_child):
        return False
    if depth > MAX_DEPTH:
        return False
    if isinstance(value, dict):
        return all(_is_plain(one, depth + 1) for one in value.values())
    return not isinstance(value, list) or all(_is_plain(one, depth + 1) for one in value)

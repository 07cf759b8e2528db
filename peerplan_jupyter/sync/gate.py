"""The gate through which changes of a member come into a document; see Roles in `docs/mesh.md`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import loro

from ..plan.containers import Containers
from ..plan.guard import guarded, new_document
from ..plan.schema import Actor
from .gate_copy import GateCopy
from .invitation import MemberRole
from .refusals import OversteppedError
from .rules import Rules, Write, names_of, read_writes

HISTORY = 2000
"""Operations of a Loro peer that are looked at to learn whose it is."""


class Gate:
    """What one member of a room may bring into a document. One copy may serve many gates."""

    def __init__(self, role: MemberRole, who: Actor, copy: GateCopy) -> None:
        self._role, self._who, self._copy = role, who, copy
        self._own: set[int] = set()
        """Loro peers that were found to write for this member."""

    def check(self, update: bytes) -> None:
        """Raise unless the member may make this change; nothing of it is kept.

        Owners may make every change that Loro survives. `OversteppedError` names the first thing
        that is not allowed; `EarlyError` asks for the update again later; `ProtocolError`,
        `TooLargeError`, `LethalError` and `DocumentError` as `GateCopy`.
        """
        if self._role == "owner":
            self._copy.survive(update)
            return
        if self._role == "viewer":
            raise OversteppedError("A viewer may only read.", hint="Ask for another invitation.")
        writes = self._copy.writes(update)
        document = self._copy.document()
        before = Before(document.doc if document else new_document())
        for peer, start in _beginnings(writes).items():
            self._check_peer(before, peer, start)
        Rules(self._who, before).judge(writes)

    def foreseen(self, update: bytes) -> AbstractAsyncContextManager[None]:
        """While it lasts, `check` of this update is quick; see `GateCopy`."""
        if self._role == "viewer":
            return nullcontext()
        return self._copy.foreseen(update, survives=self._role == "owner")

    def _check_peer(self, before: Before, peer: int, start: int) -> None:
        """Who goes on under the Loro peer of somebody else takes the place of what they write."""
        if start and peer not in self._own and self._who.id not in before.writers(peer, start):
            raise OversteppedError("The update goes on under the Loro peer of somebody else.")
        self._own.add(peer)


class Before:
    """A document as it was before a change, read by known paths."""

    def __init__(self, doc: loro.LoroDoc) -> None:
        self._doc, self._raw = doc, Containers(doc)
        self._markers = new_document()

    def record(self, collection: str, key: str) -> dict[str, Any]:
        """An entity's fields, whether or not its collection names it."""
        name = f"🤝:${collection}>{key}"
        with guarded(f"Reading {collection}"):
            place = loro.ContainerID.Root(name, loro.ContainerType.Map())
            if not self._doc.has_container(place):
                return {}
            found: Any = self._doc.get_map(place).get_value()
        return dict(found)

    def value(self, root: str, key: str) -> Any:
        """A plain value of a root map, or None."""
        return self._raw.value(root, key)

    def marker(self, collection: str, key: str) -> Any:
        """What stands in a collection where an entity is, as Loro makes it."""
        with guarded("Making an entity"):
            start = self._markers.len_ops
            self._markers.get_map(collection).ensure_mergeable_map(key)
            self._markers.commit()
            return _written(self._markers, self._markers.peer_id, start, start + 1)[0].value

    def writers(self, peer: int, end: int) -> set[str]:
        """Whose names stand in what a Loro peer wrote last, up to the operation `end`."""
        with guarded("Reading what a peer wrote"):
            return names_of(_written(self._doc, peer, max(end - HISTORY, 0), end))


def _written(doc: loro.LoroDoc, peer: int, start: int, end: int) -> list[Write]:
    span = loro.IdSpan(peer, loro.CounterSpan(start, end))
    return read_writes(json.loads(doc.export_json_in_id_span(span)))


def _beginnings(writes: Iterable[Write]) -> dict[int, int]:
    """The first operation of each Loro peer."""
    found: dict[int, int] = {}
    for one in writes:
        found[one.peer] = min(one.counter, found.get(one.peer, one.counter))
    return found

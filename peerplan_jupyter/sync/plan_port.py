"""The plans of a process as what sessions keep equal: one port and one room for each plan."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

import loro

from ..plan.guard import guarded
from .gate_copy import GateCopy
from .plans import FROM_JOURNAL, PlanEvent, Plans
from .ports import NO_VERSION
from .presence import Presence
from .room import Room

FROM_ROOM = "room"
"""The origin of changes that came through a room, which relays them itself."""
_REMEMBERED = 256


class PlanPort:
    """One plan's document, changed through the journal. On the peer's thread only."""

    def __init__(self, plans: Plans, plan_id: str) -> None:
        self._plans, self._plan_id = plans, plan_id
        self._size = 0
        self._whole = (b"", b"")
        """The version at which all of it was asked for, and all of it."""
        self._read: deque[bytes] = deque(maxlen=_REMEMBERED)

    def version(self) -> bytes:
        """See `DocumentPort`. A plan that is not here yet is an empty document."""
        return self._plans.get(self._plan_id).version() if self._here() else b""

    def updates_since(self, version: bytes) -> bytes:
        """See `DocumentPort`. The same bytes while nothing changes: several often come one after
        the other, who have nothing yet.
        """
        if not self._here():
            return b""
        document = self._plans.get(self._plan_id)
        if version not in {b"", NO_VERSION}:
            return document.updates_since(version)
        if self._whole[0] != (now := document.version()):
            self._whole = now, document.updates_since()
        return self._whole[1]

    def import_updates(self, blob: bytes) -> bool:
        """See `DocumentPort`: what came is in the journal on return."""
        self._size = self.size() + len(blob)
        before = self.version()
        # A peer on the same journal wrote it there already; what is read is not written again.
        self._plans.poll()
        self._plans.take_in(self._plan_id, blob, FROM_ROOM)
        return self.version() != before

    def updates_in(self, peer: int, start: int, end: int) -> bytes:
        """See `RangedDocument`."""
        doc = self._plans.get(self._plan_id).doc
        with guarded("Exporting updates"):
            span = loro.IdSpan(peer, loro.CounterSpan(start, end))
            return bytes(doc.export(loro.ExportMode.UpdatesInRange([span])))

    def size(self) -> int:
        """See `SizedDocument`: what was there at first and all that came."""
        self._size = self._size or len(self.updates_since(b""))
        return self._size

    def note_read(self, update: bytes) -> None:
        """Remember what another process on the same journal wrote there."""
        self._read.append(hashlib.sha256(update).digest())

    def has_read(self, update: bytes) -> bool:
        """Whether these bytes were read from the journal lately, so that they are in already."""
        self._plans.poll()
        return hashlib.sha256(update).digest() in self._read

    def _here(self) -> bool:
        return self._plans.has(self._plan_id)


class TriedDocument:
    """A plan for peers that may write all of it: takes in what a copy of it survived before.

    What is in the journal already is not tried, so that processes of one machine start no copy.
    """

    def __init__(self, document: PlanPort, copy: GateCopy) -> None:
        self._document, self._copy = document, copy
        self.version, self.updates_since = document.version, document.updates_since
        self.updates_in, self.size = document.updates_in, document.size

    def foreseen(self, blob: bytes) -> AbstractAsyncContextManager[None]:
        """See `ForeseeingDocument`."""
        read = self._document.has_read(blob)
        return nullcontext() if read else self._copy.foreseen(blob, survives=True)

    def import_updates(self, blob: bytes) -> bool:
        """See `DocumentPort`; also `LethalError` and `EarlyError`."""
        if not self._document.has_read(blob):
            self._copy.survive(blob)
        return self._document.import_updates(blob)


class PlanRooms:
    """The rooms of a process by plan id, opened when somebody first asks. On the peer's thread.

    Every change of a plan that did not come through its room is told to those who are in it.
    `presence` makes what a room knows of who is there.
    """

    def __init__(
        self, plans: Plans, presence: Callable[[str], Presence] = lambda _: Presence()
    ) -> None:
        self._plans, self._presence = plans, presence
        self._rooms: dict[str, Room] = {}
        self._ports: dict[str, PlanPort] = {}
        self._stop: Callable[[], None] = plans.subscribe(self._changed)

    def open(self, plan_id: str) -> Room:
        """The room of a plan that is here; `NotFoundError` for any other."""
        self._plans.get(plan_id)
        return self.expect(plan_id)

    def expect(self, plan_id: str) -> Room:
        """The room of a plan that may still have to come through it."""
        if plan_id not in self._rooms:
            self._ports[plan_id] = port = PlanPort(self._plans, plan_id)
            self._rooms[plan_id] = Room(plan_id, port, self._presence(plan_id))
        return self._rooms[plan_id]

    def tried(self, plan_id: str, copy: GateCopy) -> TriedDocument:
        """A plan whose room is open, for those who may write all of it; `copy` is of that plan."""
        return TriedDocument(self._ports[plan_id], copy)

    def opened(self, plan_id: str) -> Room | None:
        """The room of a plan, if anybody asked for it yet."""
        return self._rooms.get(plan_id)

    def close(self) -> None:
        """Tell no more changes."""
        self._stop()

    def _changed(self, event: PlanEvent) -> None:
        room = self._rooms.get(event.plan_id)
        if room is None or not event.update or event.origin == FROM_ROOM:
            return
        if event.origin == FROM_JOURNAL:
            self._ports[event.plan_id].note_read(event.update)
        room.publish(event.update)

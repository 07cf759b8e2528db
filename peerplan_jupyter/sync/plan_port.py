"""The plans of a process as what sessions keep equal: one port and one room for each plan."""

from __future__ import annotations

from collections.abc import Callable

import loro

from ..plan.guard import guarded
from .plans import PlanEvent, Plans
from .presence import Presence
from .room import Room

FROM_ROOM = "room"
"""The origin of changes that came through a room, which relays them itself."""


class PlanPort:
    """One plan's document, changed through the journal. On the peer's thread only."""

    def __init__(self, plans: Plans, plan_id: str) -> None:
        self._plans, self._plan_id = plans, plan_id
        self._size = 0

    def version(self) -> bytes:
        """See `DocumentPort`. A plan that is not here yet is an empty document."""
        return self._plans.get(self._plan_id).version() if self._here() else b""

    def updates_since(self, version: bytes) -> bytes:
        """See `DocumentPort`."""
        return self._plans.get(self._plan_id).updates_since(version) if self._here() else b""

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

    def _here(self) -> bool:
        return self._plans.has(self._plan_id)


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
        self._stop: Callable[[], None] = plans.subscribe(self._changed)

    def open(self, plan_id: str) -> Room:
        """The room of a plan that is here; `NotFoundError` for any other."""
        self._plans.get(plan_id)
        return self.expect(plan_id)

    def expect(self, plan_id: str) -> Room:
        """The room of a plan that may still have to come through it."""
        if plan_id not in self._rooms:
            self._rooms[plan_id] = Room(
                plan_id, PlanPort(self._plans, plan_id), self._presence(plan_id)
            )
        return self._rooms[plan_id]

    def opened(self, plan_id: str) -> Room | None:
        """The room of a plan, if anybody asked for it yet."""
        return self._rooms.get(plan_id)

    def close(self) -> None:
        """Tell no more changes."""
        self._stop()

    def _changed(self, event: PlanEvent) -> None:
        room = self._rooms.get(event.plan_id)
        if room is not None and event.update and event.origin != FROM_ROOM:
            room.publish(event.update)

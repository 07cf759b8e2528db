"""Company: those who are with a plan, here and at other peers, told to each other."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from ..plan.document import PlanDocument
from ..plan.ids import new_id
from ..sync.frames import Crdt
from ..sync.gate_copy import GateCopy
from ..sync.introduction import Introduction, Terms
from ..sync.plan_port import PlanRooms
from ..sync.plans import Plans
from ..sync.ports import DocumentPort
from ..sync.presence import Presence
from ..sync.room import Room
from .attendance import Participant
from .workspace import Workspace

MOST = 12
"""Participants that a peer tells of; more would pass what a peer may say about itself."""


class Company:
    """The rooms of a workspace, with its attendance in them. Made and used on the peer's thread.

    A peer says who is there through it under one key, so that all of them leave with it.
    """

    def __init__(self, workspace: Workspace, plans: Plans) -> None:
        self.key = new_id()
        """This peer, in its introduction and its presence."""
        self._workspace, self._plans = workspace, plans
        self._copies: dict[str, GateCopy] = {}
        self._heard: dict[str, set[str]] = {}
        self.rooms = PlanRooms(plans, self._presence)
        workspace.attendance.subscribe(self._attendance_changed)

    def terms(self) -> Terms:
        """For peers of the same person: each may write."""
        return Terms(
            admit=lambda _room, _introduction: "write",
            introduction=Introduction(peer=self.key),
        )

    def copy(self, plan_id: str) -> GateCopy:
        """Where is tried what others send of a plan."""
        if plan_id not in self._copies:
            self._copies[plan_id] = GateCopy(lambda: self._document(plan_id))
        return self._copies[plan_id]

    def port(self, room: Room, crdt: Crdt) -> DocumentPort:
        """See `PortOf`; for peers that come to this process and may write all of a plan."""
        if crdt is Crdt.LORO:
            return self.rooms.tried(room.name, self.copy(room.name))
        return room.port(crdt)

    def close(self) -> None:
        """End the processes in which is tried what others send."""
        for copy in self._copies.values():
            copy.close()

    def _document(self, plan_id: str) -> PlanDocument | None:
        return self._plans.get(plan_id) if self._plans.has(plan_id) else None

    def _presence(self, plan_id: str) -> Presence:
        made = _Heard(lambda states: self._hear(plan_id, states))
        made.say(self.key, self._here(plan_id))
        return made

    def _attendance_changed(self, plan_id: str) -> None:
        # Who leaves because this peer is closing is silenced by the others.
        with contextlib.suppress(RuntimeError):
            self._workspace.peer.loop.call_soon_threadsafe(self._say, plan_id)

    def _say(self, plan_id: str) -> None:
        room = self.rooms.opened(plan_id)
        if room is not None:
            room.show(room.presence.say(self.key, self._here(plan_id)))

    def _here(self, plan_id: str) -> list[dict[str, Any]]:
        return [one.to_wire() for one in self._workspace.attendance.here(plan_id)[:MOST]]

    def _hear(self, plan_id: str, states: dict[str, Any]) -> None:
        known = self._heard.get(plan_id, set())
        self._heard[plan_id] = set(states) - {self.key}
        for source in known | self._heard[plan_id]:
            present = _participants(states.get(source))
            self._workspace.attendance.set_elsewhere(plan_id, source, present)


class _Heard(Presence):
    """Presence that tells what it knows after others were heard or forgotten."""

    def __init__(self, told: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._told = told
        self._last: dict[str, Any] = {}

    def apply(self, blob: bytes) -> bool:
        """See `Presence`."""
        changed = super().apply(blob)
        self._tell()
        return changed

    def tick(self) -> list[bytes]:
        """See `Presence`."""
        said = super().tick()
        self._tell()
        return said

    def silence(self, peer: str) -> bytes:
        """See `Presence`."""
        said = super().silence(peer)
        self._tell()
        return said

    def _tell(self) -> None:
        states = self.states()
        if states != self._last:
            self._last = states
            self._told(states)


def _participants(said: Any) -> list[Participant]:
    if not isinstance(said, list):
        return []
    try:
        return [Participant.model_validate(one) for one in said[:MOST]]
    except ValidationError:
        return []

"""Visits: which plans the agents behind one transport are with, and whether they wait."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..plan.ids import new_id
from ..plan.schema import Actor
from ..review.attendance import Attendance, Participant
from .claims import Claims

IDLE_SECONDS = 600.0
"""How long an agent counts as present after its last call."""


@dataclass
class _Visit:
    actor: Actor
    waits: int = 0
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)


class Visits:
    """Keeps the attendance of agents. One of these lives as long as a transport serves: over
    stdio that is one agent, over HTTP all of them. Runs on the loop that serves.
    """

    def __init__(self, attendance: Attendance, idle: float = IDLE_SECONDS) -> None:
        self._attendance = attendance
        self._idle = idle
        self._id = new_id()
        self._visits: dict[tuple[str, str], _Visit] = {}
        self.claims = Claims()
        """The tasks that they say they work on."""

    def key(self, session: str, actor: Actor) -> str:
        """The connection's name in the roster: its session where the protocol has one, else who
        calls, since requests of the later protocol belong to no session.
        """
        return f"agent-{self._id}-{session or actor.id[-12:]}"

    def call(self, key: str, plan_id: str, actor: Actor) -> bool:
        """An agent dealt with a plan; True when that begins a visit."""
        begins = (key, plan_id) not in self._visits
        visit = self._visits.setdefault((key, plan_id), _Visit(actor))
        visit.actor = actor
        self._show(key, plan_id, visit)
        return begins

    @contextmanager
    def waiting(self, key: str, plan_id: str, actor: Actor) -> Iterator[None]:
        """An agent waits. One that hangs up while it waits is gone at once."""
        visit = self._visits.setdefault((key, plan_id), _Visit(actor))
        visit.waits += 1
        self._show(key, plan_id, visit)
        try:
            yield
        except BaseException:
            visit.waits -= 1
            if not visit.waits:
                self.leave(key, plan_id)
            raise
        visit.waits -= 1
        self._show(key, plan_id, visit)

    def leave(self, key: str, plan_id: str) -> None:
        """An agent left a plan; one that was not there is no error."""
        visit = self._visits.pop((key, plan_id), None)
        if visit is None:
            return
        if visit.timer:
            visit.timer.cancel()
        self._attendance.leave(plan_id, key)

    def hang_up(self, key: str) -> None:
        """A session ended."""
        for known, plan_id in list(self._visits):
            if known == key:
                self.leave(known, plan_id)

    def close(self) -> None:
        """The transport ended."""
        for key, plan_id in list(self._visits):
            self.leave(key, plan_id)
        self.claims.close()

    def _show(self, key: str, plan_id: str, visit: _Visit) -> None:
        if self._visits.get((key, plan_id)) is not visit:
            return
        if visit.timer:
            visit.timer.cancel()
        visit.timer = None
        if not visit.waits:
            loop = asyncio.get_running_loop()
            visit.timer = loop.call_later(self._idle, self.leave, key, plan_id)
        waiting = visit.waits > 0
        participant = Participant(peer=key, actor=visit.actor, waiting=waiting, working=not waiting)
        self._attendance.enter(plan_id, participant)

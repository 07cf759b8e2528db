"""Attendance: who is with a plan now, here and at other peers, and whether its agent is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from ..plan.schema import Actor, Model
from .listeners import Listener, Listeners


class Participant(Model):
    """Somebody who is with a plan, through one page or one agent connection."""

    peer: str
    """The page or connection."""
    actor: Actor
    focus: str | None = None
    """The entity they look at."""
    waiting: bool = False
    """An agent that waits for feedback."""
    working: bool = False
    """An agent between two calls of its tools."""
    since: int = 0


class Attendance:
    """Who is with which plan. Any thread may call it; listeners are called on that thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._here: dict[str, dict[str, Participant]] = {}
        self._elsewhere: dict[str, dict[str, list[Participant]]] = {}
        self._agents: dict[str, tuple[str, int]] = {}
        self._listeners = Listeners()

    def enter(self, plan_id: str, participant: Participant) -> None:
        """Somebody came, or what is known of them changed."""
        with self._lock:
            here = self._here.setdefault(plan_id, {})
            before = here.get(participant.peer)
            since = before.since if before else int(time.time())
            participant = participant.model_copy(update={"since": since})
            here[participant.peer] = participant
            self._note_agents(plan_id, [participant])
        if before != participant:
            self._listeners.tell(plan_id)

    def leave(self, plan_id: str, peer: str) -> None:
        """Somebody left; unknown ones are no error."""
        with self._lock:
            gone = self._here.get(plan_id, {}).pop(peer, None)
            self._note_agents(plan_id, [gone] if gone else [])
        if gone:
            self._listeners.tell(plan_id)

    def set_elsewhere(self, plan_id: str, source: str, present: Iterable[Participant]) -> None:
        """Who is with the plan at another peer; an empty list when that peer left."""
        came = list(present)
        with self._lock:
            others = self._elsewhere.setdefault(plan_id, {})
            before = others.pop(source, [])
            if came:
                others[source] = came
            self._note_agents(plan_id, came or before)
        if before != came:
            self._listeners.tell(plan_id)

    def here(self, plan_id: str) -> list[Participant]:
        """Those who are with the plan through this process."""
        with self._lock:
            return list(self._here.get(plan_id, {}).values())

    def roster(self, plan_id: str) -> list[Participant]:
        """Everybody who is with the plan."""
        with self._lock:
            others = self._elsewhere.get(plan_id, {})
            known = dict(self._here.get(plan_id, {}))
            for one in (one for group in others.values() for one in group):
                known.setdefault(one.peer, one)
            return list(known.values())

    def presence(self, plan_id: str) -> list[dict[str, Any]]:
        """The same as it travels; `via` names the peer that tells of who is not here."""
        with self._lock:
            others = self._elsewhere.get(plan_id, {})
            via = {one.peer: source for source, group in others.items() for one in group}
            here = set(self._here.get(plan_id, {}))
        return [
            {**one.to_wire(), **({} if one.peer in here else {"via": via.get(one.peer, "")})}
            for one in self.roster(plan_id)
        ]

    def agent(self, plan_id: str) -> dict[str, Any]:
        """`{"state": "waiting"|"working"|"away"|"none", "name", "since"}` of the plan's agent."""
        agents = [one for one in self.roster(plan_id) if one.actor.kind == "agent"]
        for one in sorted(agents, key=lambda one: not one.waiting):
            state = "waiting" if one.waiting else "working"
            return {"state": state, "name": one.actor.name, "since": one.since}
        with self._lock:
            name, seen = self._agents.get(plan_id, ("", 0))
        return {"state": "away" if name else "none", "name": name, "since": seen or None}

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with a plan's id when somebody came, left or moved."""
        return self._listeners.subscribe(listener)

    def _note_agents(self, plan_id: str, seen: Iterable[Participant]) -> None:
        for one in seen:
            if one.actor.kind == "agent":
                self._agents[plan_id] = (one.actor.name, int(time.time()))

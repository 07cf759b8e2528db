"""Who may enter which room."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol


class Admission(Protocol):
    """Says whether strangers, who have shown no token, may enter a room."""

    @property
    def closed(self) -> bool:
        """Whether there is no room at all that strangers may enter."""

    def admits(self, room: str) -> bool:
        """Whether a stranger who names `room` may enter it."""

    def on_withdrawn(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with every room that strangers may not enter any more."""


class EveryRoom:
    """Lets everybody enter every room: who cannot guess a room's id cannot enter it."""

    closed = False

    def admits(self, room: str) -> bool:  # noqa: ARG002 - that is what it says
        """True."""
        return True

    def on_withdrawn(self, listener: Callable[[str], None]) -> None:
        """No room ever is."""


class AllowedRooms:
    """Lets strangers enter the rooms to which somebody here invited, and no others.

    An invitation `allow`s its room, again each time the server starts. Used on the server's
    event loop.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._until: dict[str, float] = {}
        self._clock = clock
        self._listeners: list[Callable[[str], None]] = []

    @property
    def closed(self) -> bool:
        """Whether no room is allowed now."""
        return not any(self.admits(room) for room in list(self._until))

    def allow(self, room: str, expires: float = 0) -> None:
        """Let strangers in until the Unix time `expires`, 0 for never.

        A room with several invitations stays open for the longest of them.
        """
        now = self._until.get(room, -1.0)
        self._until[room] = 0.0 if 0 in {now, expires} else max(now, expires)

    def withdraw(self, room: str) -> None:
        """Let no more strangers in; those who are in are put out."""
        if self._until.pop(room, None) is not None:
            for listener in list(self._listeners):
                listener(room)

    def admits(self, room: str) -> bool:
        """Whether `room` is allowed now."""
        until = self._until.get(room)
        return until is not None and (until == 0 or self._clock() < until)

    def on_withdrawn(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with every room that is withdrawn."""
        self._listeners.append(listener)

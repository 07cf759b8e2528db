"""What one peer sends another, until it is acknowledged."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from .codec import encode
from .deflated import deflated
from .fragments import split
from .frames import Crdt, DocUpdate, Frame, UpdateStatus
from .limits import Clock, Limits, TokenBucket

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
"""Seconds before a batch is sent again; each pause is twice as long as the one before."""
_PREFIX = 5
_TEMPORARY = (UpdateStatus.UNKNOWN, UpdateStatus.RATE_LIMITED, UpdateStatus.FRAGMENT_TIMEOUT)


@dataclass(slots=True)
class Batch:
    """Updates that travel and are acknowledged together."""

    id: bytes
    updates: tuple[bytes, ...]
    changes: int
    """How many local changes are in it."""
    tries: int = 1
    retry: float | None = None
    """When to send it again, if the peer could not take it."""


class Batches:
    """Sends at once while few batches wait for their Ack, and what gathers then together.

    With `acks` False (a peer that does not acknowledge) nothing is held back or kept.
    """

    def __init__(self, crdt: Crdt, room: str, limits: Limits, clock: Clock) -> None:
        self.acks = True
        self.deflates = False
        """Whether updates that are longer than a fragment are deflated."""
        self._crdt, self._room, self._limits, self._clock = crdt, room, limits, clock
        self._queue: deque[tuple[bytes, int]] = deque()
        self._waiting: dict[bytes, Batch] = {}
        self._pace = TokenBucket(limits.messages_per_second / 4, limits.burst / 4, clock)

    @property
    def changes(self) -> int:
        """Changes that the peer has not acknowledged."""
        waiting = sum(batch.changes for batch in self._waiting.values())
        return waiting + sum(changes for _, changes in self._queue)

    def add(self, update: bytes, changes: int = 1) -> list[bytes]:
        """Frames to send now; none if the update has to wait."""
        long = self.deflates and len(update) > self._limits.fragment
        self._queue.append((deflated(update) if long else update, changes))
        return self.flush()

    def flush(self) -> list[bytes]:
        """Frames for what may be sent now: after an Ack, or when time has passed."""
        out: list[bytes] = []
        while self._queue and self._open():
            batch = self._next()
            if self.acks:
                self._waiting[batch.id] = batch
            out += self._frames(batch)
        return out

    def rest(self) -> list[bytes]:
        """Frames for all that waits, whose Acks nobody will hear."""
        self.acks = False
        return self.flush()

    def _open(self) -> bool:
        return not self.acks or (len(self._waiting) < self._limits.window and self._pace.take())

    def _next(self) -> Batch:
        updates: list[bytes] = []
        changes = size = 0
        while self._queue:
            update, count = self._queue[0]
            size += len(update) + _PREFIX
            if updates and size > self._limits.fragment:
                break
            self._queue.popleft()
            updates.append(update)
            changes += count
        return Batch(secrets.token_bytes(8), tuple(updates), changes)

    def acknowledged(self, id: bytes, status: UpdateStatus) -> Batch | None:  # noqa: A002
        """Takes note of an Ack; the batch, if its way ends here.

        A batch that the peer could not take for a passing reason is sent again by `retries` for as
        long as it takes: what it depends on may come over another link that is not there yet.
        """
        batch = self._waiting.get(id)
        if batch is None:
            return None
        if status not in _TEMPORARY:
            return self._waiting.pop(id)
        soon = status is UpdateStatus.FRAGMENT_TIMEOUT and batch.tries == 1
        batch.retry = self._clock() + (0 if soon else _pause(batch.tries))
        return None

    def retries(self) -> list[bytes]:
        """Frames of the batches whose time to be sent again has come."""
        out: list[bytes] = []
        for batch in self._waiting.values():
            if batch.retry is not None and batch.retry <= self._clock():
                batch.retry, batch.tries = None, batch.tries + 1
                out += self._frames(batch)
        return out

    def clear(self) -> int:
        """Forgets everything; how many changes that were."""
        changes = self.changes
        self._queue.clear()
        self._waiting.clear()
        return changes

    def _frames(self, batch: Batch) -> list[bytes]:
        return [encode(frame) for frame in self._split(batch)]

    def _split(self, batch: Batch) -> Iterator[Frame]:
        [first, *_] = batch.updates
        if len(first) > self._limits.fragment:
            return split(self._crdt, self._room, batch.id, first, self._limits.fragment)
        return iter((DocUpdate(self._crdt, self._room, batch.updates, batch.id),))


def _pause(tries: int) -> float:
    return float(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(tries - 1, 10)))

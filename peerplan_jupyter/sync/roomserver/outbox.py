"""Outbox: what waits for one reader, and how long senders wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

_PER_MESSAGE = 1024
"""About what a message that waits costs beside its bytes."""
_HIGH, _LOW = 262_144, 65_536


@dataclass(slots=True)
class Total:
    """What waits for all readers together."""

    limit: int
    waiting: int = 0


class Outbox:
    """Counts what was written and has not gone out yet. Used on one event loop."""

    def __init__(self, write: Callable[..., Awaitable[None]], limit: int, total: Total) -> None:
        self._write, self._limit, self._total = write, limit, total
        self.waiting = 0
        self._drained = asyncio.Event()
        self._drained.set()

    def put(self, message: str | bytes) -> bool:
        """Writes; False if too much waits already. A socket that is closed takes anything.

        When too much waits for everybody, it is those who read slowly who get no more.
        """
        size = len(message) + _PER_MESSAGE
        crowded = self._total.waiting + size > self._total.limit
        if self.waiting + size > (_LOW if crowded else self._limit):
            return False
        try:
            written = asyncio.ensure_future(self._write(message, binary=isinstance(message, bytes)))
        except Exception:  # tornado's own class, when the socket closed meanwhile
            return True
        self.waiting += size
        self._total.waiting += size
        if self.waiting > _HIGH:
            self._drained.clear()
        written.add_done_callback(lambda done: self._gone(done, size))
        return True

    async def drained(self, seconds: float) -> bool:
        """Waits until little waits; False if that took too long."""
        if self._drained.is_set():
            return True
        try:
            await asyncio.wait_for(self._drained.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def release(self) -> None:
        """Lets senders go on, since nobody reads any more."""
        self._drained.set()

    def _gone(self, written: asyncio.Future[Any], size: int) -> None:
        if not written.cancelled():
            written.exception()
        self.waiting -= size
        self._total.waiting -= size
        if self.waiting < _LOW:
            self._drained.set()

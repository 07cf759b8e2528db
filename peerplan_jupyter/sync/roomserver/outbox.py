"""Outbox: what waits for one reader, and how long senders wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

_PER_MESSAGE = 1024
"""About what a message that waits costs beside its bytes."""
_HIGH, _LOW = 262_144, 65_536


class Outbox:
    """Counts what was written and has not gone out yet. Used on one event loop."""

    def __init__(self, write: Callable[..., Awaitable[None]], limit: int) -> None:
        self._write, self._limit = write, limit
        self.waiting = 0
        self._drained = asyncio.Event()
        self._drained.set()

    def put(self, message: str | bytes) -> bool:
        """Writes; False if too much waits already. A socket that is closed takes anything."""
        size = len(message) + _PER_MESSAGE
        if self.waiting + size > self._limit:
            return False
        try:
            written = asyncio.ensure_future(self._write(message, binary=isinstance(message, bytes)))
        except Exception:  # tornado's own class, when the socket closed meanwhile
            return True
        self.waiting += size
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
        if self.waiting < _LOW:
            self._drained.set()

"""What waits to be sent over a connection."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from ...connection import Message
from .backend import HIGH, LABELS, Backend, Label


def size_of(message: Message) -> int:
    """Its length in bytes."""
    return len(message.encode()) if isinstance(message, str) else len(message)


class Outgoing:
    """Hands messages to a backend as it has room: `bulk` only while no `control` waits."""

    def __init__(self, sent: Callable[[Label, int], None]) -> None:
        self._queues: dict[Label, deque[Message]] = {label: deque() for label in LABELS}
        self._backend: Backend | None = None
        self._sent = sent
        self._empty = asyncio.Event()

    def put(self, label: Label, message: Message) -> None:
        """Queues a message; `flush` sends it."""
        self._queues[label].append(message)

    def open(self, backend: Backend) -> None:
        """Lets `flush` send, when both channels are open."""
        self._backend = backend

    def flush(self) -> None:
        """Sends what there is room for; raises what the backend does."""
        self._empty.clear()
        for label in LABELS:
            if not self._drain(label):
                return
        self._empty.set()

    async def emptied(self) -> None:
        """Returns when nothing waits."""
        if any(self._queues.values()):
            await self._empty.wait()

    def _drain(self, label: Label) -> bool:
        """Whether nothing waits in that channel any more."""
        queue = self._queues[label]
        while queue:
            if self._backend is None or self._backend.buffered(label) >= HIGH[label]:
                return False
            message = queue.popleft()
            self._backend.send(label, message)
            self._sent(label, size_of(message))
        return True

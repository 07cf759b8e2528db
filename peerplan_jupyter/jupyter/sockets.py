"""What the WebSockets of pages share: authentication, and a queue that has an end."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable
from typing import Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import websocket

from .host import Host

MAX_MESSAGE = 4_000_000
"""Bytes of one message from a page: an edit of the longest content beside the text it changes."""
MAX_WAITING = 64_000_000
"""Bytes that may wait for a page that reads slowly; the view of a very large plan fits."""
TRY_AGAIN_LATER = 1013


class PageSocket(WebSocketMixin, websocket.WebSocketHandler, JupyterHandler):
    """JSON text frames to and from one page. `WebSocketMixin` pings it."""

    def initialize(self, host: Host) -> None:
        """See `PlanAPIHandler`."""
        self.host = host
        self._waiting: deque[bytes] = deque()
        self._waiting_size = 0
        self._sending = False
        self._ending: tuple[int, str] | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def max_message_size(self) -> int:
        """See `MAX_MESSAGE`; tornado closes with 1009."""
        return MAX_MESSAGE

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Become a WebSocket."""
        await super().get(*args, **kwargs)

    def say(self, message: dict[str, Any]) -> None:
        """Send a message, after those that wait. Any thread may call it; it never blocks."""
        self._loop.call_soon_threadsafe(self._put, message)

    def end(self, code: int, reason: str) -> None:
        """Close the socket, after what waits to be sent."""
        self._loop.call_soon_threadsafe(self._end, code, reason)

    def hear(self, message: Any) -> None:
        """Take a message of the page: any JSON value."""

    def encode(self, message: dict[str, Any]) -> bytes:
        """A message as a frame's bytes."""
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Tornado brings a frame."""
        try:
            self.hear(json.loads(message))
        except (ValueError, RecursionError):
            self.close(1007, "A message was not JSON.")
        return None

    def _put(self, message: dict[str, Any]) -> None:
        if self.ws_connection is None:
            return
        text = self.encode(message)
        self._waiting.append(text)
        self._waiting_size += len(text)
        if self._waiting_size > MAX_WAITING:
            self._waiting.clear()
            self.close(TRY_AGAIN_LATER, "This page reads too slowly.")
        elif not self._sending:
            self._sending = True
            self._loop.create_task(self._send_all())

    def _end(self, code: int, reason: str) -> None:
        self._ending = code, reason.encode()[:120].decode(errors="ignore")
        if not self._sending:
            self.close(*self._ending)

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                text = self._waiting.popleft()
                self._waiting_size -= len(text)
                await self.write_message(text)
            if self._ending is not None:
                self.close(*self._ending)
        except websocket.WebSocketClosedError:
            self._waiting.clear()
        finally:
            self._sending = False

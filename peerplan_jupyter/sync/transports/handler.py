"""The server's end of a WebSocket, for a handler that may live on another loop than the peer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Protocol

from ..connection import Connection, Ending, Message

_log = logging.getLogger(__name__)
_WAITING = 64


class Handler(Protocol):
    """What is used of a `tornado.websocket.WebSocketHandler`."""

    def write_message(self, message: Any, binary: bool = False) -> Awaitable[None]:
        """Sends, and is done when the message went into the socket."""

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Begins the closing handshake."""


class HandlerSocket:
    """Carries a connection over a handler's WebSocket.

    Made in the handler's `open`, on its loop; `message` and `closed` are called from
    `on_message` and `on_close`. The connection is made and runs on `peer_loop`.
    """

    def __init__(
        self, handler: Handler, peer_loop: asyncio.AbstractEventLoop, make: Callable[[], Connection]
    ) -> None:
        self._handler, self._make = handler, make
        self._loop, self._peer_loop = asyncio.get_running_loop(), peer_loop
        self._inbox: asyncio.Queue[Message | None] = asyncio.Queue(_WAITING)
        self._gone = False
        self._task: asyncio.Task[Any] | None = None
        self._done = self._on_peer(self._run())

    async def message(self, data: Message) -> None:
        """Hands a message over; returns when the next may be read, so that TCP holds senders."""
        if not self._done.done():
            await asyncio.wrap_future(self._on_peer(self._put(data)))

    def closed(self) -> None:
        """Takes note that the socket is closed."""
        self._gone = True
        if not self._done.done():
            self._on_peer(self._put(None))

    async def wait_closed(self) -> Ending:
        """Returns when the connection is over."""
        return await asyncio.wrap_future(self._done)

    def _on_peer(self, work: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self._peer_loop)

    async def _put(self, data: Message | None) -> None:
        if self._task is None or self._task.done():
            return
        put = asyncio.ensure_future(self._inbox.put(data))
        await asyncio.wait([put, self._task], return_when=asyncio.FIRST_COMPLETED)
        put.cancel()

    async def _run(self) -> Ending:
        self._task = asyncio.current_task()
        ending = Ending(1001, "The server stops.")
        try:
            ending = await self._make().run(self._inbox.get, self._send)
        except Exception:
            ending = Ending(1011, "The server failed.")
            _log.exception("A connection failed")
        finally:
            with suppress(RuntimeError):  # the handler's loop may be closed by now
                self._loop.call_soon_threadsafe(self._close, ending)
        return ending

    async def _send(self, message: Message) -> None:
        if self._gone:
            raise ConnectionResetError("The socket is closed.")
        sent = asyncio.run_coroutine_threadsafe(self._write(message), self._loop)
        await asyncio.wrap_future(sent)

    async def _write(self, message: Message) -> None:
        try:
            await self._handler.write_message(message, binary=isinstance(message, bytes))
        except Exception as error:  # tornado's own class, when the socket closed meanwhile
            raise ConnectionResetError("The socket is closed.") from error

    def _close(self, ending: Ending) -> None:
        if not self._gone:
            self._handler.close(ending.code, ending.reason.encode()[:120].decode(errors="ignore"))

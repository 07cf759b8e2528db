"""Streams of notifications over HTTP: in the earlier protocol a client opens one when it likes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]
_SESSION = b"mcp-session-id"


class Streams:
    """Which sessions have their stream open. The SDK drops what is sent to one that has not."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._opened = asyncio.Event()

    def open(self, session: str) -> None:
        """A session's stream was opened."""
        self._open.add(session)
        self._opened.set()
        self._opened = asyncio.Event()

    def close(self, session: str) -> None:
        """It ended; one that was not open is no error."""
        self._open.discard(session)

    async def until_open(self, session: str | None) -> None:
        """Return when something sent to the session arrives. None is a client that needs no stream
        of its own, as on stdio.
        """
        while session is not None and session not in self._open:
            await self._opened.wait()


class WatchedStreams:
    """An ASGI application in front of the SDK's, which notes when streams open and end."""

    def __init__(self, app: App, streams: Streams) -> None:
        self._app = app
        self._streams = streams

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """ASGI."""
        session = _session(scope)
        if session is None:
            await self._app(scope, receive, send)
            return

        opened = False

        async def noting(message: Message) -> None:
            nonlocal opened
            await send(message)
            if message["type"] == "http.response.start" and message["status"] == 200:
                opened = True
                self._streams.open(session)

        try:
            await self._app(scope, receive, noting)
        finally:
            if opened:
                self._streams.close(session)


def _session(scope: Any) -> str | None:
    """Whose stream a request opens; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    found = dict(scope["headers"]).get(_SESSION)
    return found.decode("latin-1") if found else None

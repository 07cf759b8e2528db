"""Serving an ASGI application from a handler of the Jupyter server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from tornado.iostream import StreamClosedError

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
ASGIApp = Callable[[Any, Receive, Any], Awaitable[None]]


class ASGIHandler(JupyterHandler):
    """Passes authenticated requests to `app` and streams what it answers.

    When the client goes away the app is told so (`http.disconnect`), and is cancelled if it does
    not end by itself.
    """

    def initialize(self, app: ASGIApp, path: str) -> None:
        """`path` is where the app believes to be."""
        self.app = app
        self.path_in_app = path
        self.gone = asyncio.Event()
        self._asked = False

    def get_login_url(self) -> str:
        """A program is told, instead of being sent to a login page."""
        raise web.HTTPError(403)

    def on_connection_close(self) -> None:
        """The client is gone."""
        self.gone.set()

    @web.authenticated
    async def get(self) -> None:
        """Pass it on."""
        await self._serve()

    @web.authenticated
    async def post(self) -> None:
        """Pass it on."""
        await self._serve()

    @web.authenticated
    async def delete(self) -> None:
        """Pass it on."""
        await self._serve()

    async def _serve(self) -> None:
        serving = asyncio.ensure_future(self.app(self._scope(), self._receive, self._send))
        gone = asyncio.ensure_future(self.gone.wait())
        try:
            await asyncio.wait([serving, gone], return_when=asyncio.FIRST_COMPLETED)
            if not serving.done():
                await asyncio.wait([serving], timeout=1)
        finally:
            gone.cancel()
            serving.cancel()
        if not self.gone.is_set():
            await serving

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": self.request.body, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start(message)
            if not self._is_stream:
                return
        self.write(message.get("body", b""))
        try:
            await self.flush()
        except StreamClosedError:
            self.gone.set()

    def _start(self, message: Message) -> None:
        # An event after another waited 40 ms for the client's delayed ACK (Nagle's algorithm).
        stream = getattr(self.request.connection, "stream", None)
        if stream is not None:
            stream.set_nodelay(True)
        self.set_status(message["status"])
        self.clear_header("Content-Type")
        for name, value in message["headers"]:
            if name.lower() != b"content-length":
                self.set_header(name.decode("latin-1"), value.decode("latin-1"))

    @property
    def _is_stream(self) -> bool:
        """Whether the client waits for events, of which the first may come much later."""
        return self._headers.get("Content-Type", "").startswith("text/event-stream")

    def _scope(self) -> Message:
        request = self.request
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in request.headers.get_all()
        ]
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": request.protocol,
            "path": self.path_in_app,
            "raw_path": self.path_in_app.encode(),
            "root_path": "",
            "query_string": request.query.encode(),
            "headers": headers,
            "client": (request.remote_ip, 0),
            "server": None,
            "state": {"user": self.current_user},
        }

"""Peers anywhere meet at the Jupyter server."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web, websocket

from ..sync.roomserver.connection import Connection
from .host import Host


class RoomSocket(WebSocketMixin, websocket.WebSocketHandler, JupyterHandler):
    """y-webrtc signaling with our additions; see `docs/mesh.md`.

    Who has no token of this server, or comes by a cookie from another page, is a stranger: may
    connect while a room is allowed, from any page, and enter allowed rooms only.
    """

    _connection: Connection | None = None
    _stranger = False
    _largest = 0

    def initialize(self, host: Host) -> None:
        """See `PlanAPIHandler`."""
        self._rooms = host.rooms

    @property
    def max_message_size(self) -> int:
        """See `RoomSocket` of the room server."""
        return self._largest

    @allow_unauthenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Become a WebSocket."""
        self._stranger = self.current_user is None or not self._from_own_page()
        if self._stranger and self._rooms.allowed.closed:
            raise web.HTTPError(403)
        self._hub = await self._rooms.hub()
        if self._stranger and self._hub.full:
            raise web.HTTPError(503)
        self._largest = 2 * self._hub.limits.binary
        await super().get(*args, **kwargs)

    def check_origin(self, origin: str | None = None) -> bool:
        """Strangers come from any page, since a page's cookies give them nothing."""
        return self._stranger or super().check_origin(origin)

    def open(self) -> None:
        """Begin."""
        super().open()
        self.set_nodelay(True)
        self._connection = self._hub.connect(self, stranger=self._stranger)

    async def on_message(self, message: str | bytes) -> None:
        """Tornado reads on when this returns."""
        if self._connection is not None:
            await self._connection.message(message)

    def on_ping(self, data: bytes) -> None:  # noqa: ARG002 - tornado passes it
        """Tornado answers by itself."""
        if self._connection is not None:
            self._connection.control()

    def on_close(self) -> None:
        """The socket is closed."""
        super().on_close()
        if self._connection is not None:
            self._connection.closed()

    def cut(self) -> None:
        """See `connection.Socket`."""
        if self.ws_connection is not None and self.ws_connection.stream is not None:
            self.ws_connection.stream.close()

    def _from_own_page(self) -> bool:
        if self.request.headers.get("Sec-Fetch-Site") == "same-origin":
            return True
        return bool(super().check_origin())

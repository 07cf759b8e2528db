"""Other peers meet the server's plans: kernels, other servers, command lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import websocket

from ..errors import PeerPlanError
from .host import Host
from .sockets import TRY_AGAIN_LATER

if TYPE_CHECKING:
    from ..sync.transports.handler import HandlerSocket

MAX_FRAME = 256 * 1024
"""Bytes, as the protocol has it."""


class PeerSocket(WebSocketMixin, websocket.WebSocketHandler, JupyterHandler):
    """loro-protocol v1; the rooms are called as the plans. Whoever has the token may write."""

    _socket: HandlerSocket | None = None

    def initialize(self, host: Host) -> None:
        """See `PlanAPIHandler`."""
        self.host = host

    @property
    def max_message_size(self) -> int:
        """See `MAX_FRAME`."""
        return MAX_FRAME

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Become a WebSocket."""
        await super().get(*args, **kwargs)

    async def open(self) -> None:
        """Begin to carry the protocol."""
        super().open()
        self.set_nodelay(True)
        try:
            service = await self.host.service()
            self._socket = await service.carry(self)
        except PeerPlanError as error:
            self.close(TRY_AGAIN_LATER, error.message[:100])

    async def on_message(self, message: str | bytes) -> None:
        """Tornado reads on when this returns."""
        if self._socket is not None:
            await self._socket.message(message)

    def on_close(self) -> None:
        """The peer is gone."""
        super().on_close()
        if self._socket is not None:
            self._socket.closed()

"""The room server as a tornado application: sockets at `/`, `/health` and `/metrics`."""

from __future__ import annotations

import json
from typing import Any

from prometheus_client.exposition import choose_encoder
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from .addresses import Addresses
from .connection import Connection
from .hub import Hub
from .origins import Origins


class RoomSocket(WebSocketHandler):
    """One peer's socket."""

    _connection: Connection | None = None
    _address = ""

    def initialize(self, hub: Hub, addresses: Addresses, origins: Origins) -> None:
        """Tornado passes what the route says."""
        self._hub, self._addresses, self._origins = hub, addresses, origins

    @property
    def max_message_size(self) -> int:
        """Beyond twice the limit tornado closes with 1009; up to that, the peer hears why."""
        return 2 * self._hub.limits.binary

    @property
    def ping_interval(self) -> float:
        """Seconds."""
        return self._hub.limits.ping

    @property
    def ping_timeout(self) -> float:
        """Seconds; older tornados wait three pings and at least 30 by themselves."""
        return self._hub.limits.ping

    def check_origin(self, origin: str) -> bool:
        """See `Origins`."""
        allowed = self._origins.allow(origin, self.request.headers.get("Host", ""))
        if not allowed:
            self._hub.metrics.refused("origin")
        return allowed

    def prepare(self) -> None:
        """Refuse whom there is no room for, before the request becomes a socket."""
        address = self._addresses.client(
            self.request.remote_ip or "", self.request.headers.get_list("X-Forwarded-For")
        )
        if self._hub.full:
            self._refuse(503, "full")
        elif not self._addresses.enter(address):
            self._refuse(429, "address")
        else:
            self._address = address

    def open(self) -> None:
        """Begin."""
        self.set_nodelay(True)
        self._connection = self._hub.connect(self)

    async def on_message(self, message: str | bytes) -> None:
        """Tornado reads on when this returns."""
        if self._connection is not None:
            await self._connection.message(message)

    def on_ping(self, data: bytes) -> None:  # noqa: ARG002 - tornado passes it
        """Tornado answers by itself."""
        if self._connection is not None:
            self._connection.control()

    on_pong = on_ping

    def on_close(self) -> None:
        """The socket is closed."""
        if self._connection is not None:
            self._connection.closed()
        self._leave()

    def on_finish(self) -> None:
        """The request is over, and became no socket."""
        if self.get_status() != 101:
            self._leave()

    def cut(self) -> None:
        """See `connection.Socket`."""
        if self.ws_connection is not None and self.ws_connection.stream is not None:
            self.ws_connection.stream.close()

    def _leave(self) -> None:
        address, self._address = self._address, ""
        if address:
            self._addresses.leave(address)

    def _refuse(self, status: int, code: str) -> None:
        self._hub.metrics.refused(code)
        self.set_status(status)
        self.finish()


class HealthHandler(RequestHandler):
    """Whether the server takes peers: 200 or, while it stops, 503."""

    def initialize(self, hub: Hub) -> None:
        """Tornado passes what the route says."""
        self._hub = hub

    def get(self) -> None:
        """As JSON."""
        health = self._hub.health()
        self.set_status(503 if self._hub.draining else 200)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(health))


class MetricsHandler(RequestHandler):
    """What was counted, as Prometheus reads it."""

    def initialize(self, hub: Hub) -> None:
        """Tornado passes what the route says."""
        self._hub = hub

    def get(self) -> None:
        """In the text format that was asked for."""
        encoder, kind = choose_encoder(self.request.headers.get("Accept", ""))
        self.set_header("Content-Type", kind)
        self.finish(encoder(self._hub.metrics.registry))


def make_application(hub: Hub, addresses: Addresses, origins: Origins) -> Application:
    """The application; see `RoomServer` for its life."""
    given: dict[str, Any] = {"hub": hub, "addresses": addresses, "origins": origins}
    return Application(
        [
            (r"/", RoomSocket, given),
            (r"/health", HealthHandler, {"hub": hub}),
            (r"/metrics", MetricsHandler, {"hub": hub}),
        ],
        log_function=lambda _: None,
    )

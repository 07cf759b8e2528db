"""RoomServer: a hub behind a listening socket, from its start to its graceful end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from contextlib import suppress

from tornado.httpserver import HTTPServer

from ...errors import UnreachableError
from .addresses import Addresses
from .application import make_application
from .hub import Hub
from .origins import Origins

_LOOK = 0.05


class RoomServer:
    """Serves a hub by itself. Used on one event loop."""

    def __init__(
        self, hub: Hub, *, origins: Iterable[str] = (), trusted_proxies: Iterable[str] = ()
    ) -> None:
        self.hub = hub
        addresses = Addresses(trusted_proxies, hub.limits.connections_per_address)
        # Requests have no body here, and headers of a browser are far below this.
        self._http = HTTPServer(
            make_application(hub, addresses, Origins(origins)),
            max_header_size=16_384,
            max_body_size=1024,
            idle_connection_timeout=30,
            body_timeout=10,
        )

    async def start(self, port: int, host: str = "127.0.0.1") -> int:
        """Listens; the port, which is a free one for 0. `UnreachableError` if it cannot."""
        try:
            listening = _listen(host, port)
        except OSError as error:
            raise UnreachableError(
                f"The room server cannot listen on {host}:{port}: {error.strerror or error}.",
                hint="Choose another --port, or end the program that has it.",
            ) from error
        self._http.add_socket(listening)
        await self.hub.start()
        taken: int = listening.getsockname()[1]
        return taken

    async def drain(self) -> None:
        """Takes nobody in any more, sends everybody elsewhere, waits, and closes what is left."""
        self._http.stop()
        self.hub.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.hub.limits.grace):
                while self.hub.connections:
                    await asyncio.sleep(_LOOK)
        await self.close()

    async def close(self) -> None:
        """Closes every socket now."""
        self._http.stop()
        await self.hub.close()
        await self._http.close_all_connections()


def _listen(host: str, port: int) -> socket.socket:
    """The first address that `host` has; `::` is that of both families, where systems can."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, address = found[0][0], found[0][4]
    both = host == "::" and socket.has_dualstack_ipv6()
    made = socket.create_server(address, family=family, backlog=1024, dualstack_ipv6=both)
    made.setblocking(False)
    return made

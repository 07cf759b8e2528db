"""The MCP endpoint of the server."""

from __future__ import annotations

import asyncio
from typing import Any

from .asgi import ASGIApp
from .host import Host


class MCPEndpoint:
    """The agent's MCP server as an ASGI app, built and begun at the first request.

    `mcp` takes half a second to import. anyio wants the task that enters the session manager to
    leave it, so the manager lives in a task of its own.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._starting: asyncio.Future[ASGIApp] | None = None
        self._holding: asyncio.Task[None] | None = None
        self._done = asyncio.Event()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """ASGI."""
        if self._starting is None:
            self._starting = asyncio.get_running_loop().create_future()
            self._holding = asyncio.create_task(self._hold(self._starting))
        app = await asyncio.shield(self._starting)
        await app(scope, receive, send)

    async def close(self) -> None:
        """End all sessions."""
        self._done.set()
        if self._holding is not None:
            await asyncio.wait([self._holding], timeout=5)

    async def _hold(self, starting: asyncio.Future[ASGIApp]) -> None:
        try:
            app, manager = await self._build()
            async with manager.run():
                starting.set_result(app)
                await self._done.wait()
        except Exception as error:
            self._starting = None
            if starting.done():
                raise
            starting.set_exception(error)

    async def _build(self) -> tuple[ASGIApp, Any]:
        await asyncio.to_thread(_import)
        from mcp.server.transport_security import TransportSecuritySettings  # noqa: PLC0415

        from ..agent.server import build  # noqa: PLC0415

        service = await self._host.service()
        server = build(service.workspace, root=self._host.settings.root)
        # Jupyter checks Host, Origin and the token; nothing else reaches this app.
        no_second_check = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        app = server.streamable_http_app(transport_security=no_second_check)
        return app, server.session_manager


def _import() -> None:
    from ..agent import server  # noqa: F401, PLC0415

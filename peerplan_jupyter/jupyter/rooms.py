"""The room server inside the Jupyter server: its hub, and which rooms strangers may enter."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import prometheus_client

from ..sync.roomserver.admission import AllowedRooms
from ..sync.roomserver.hub import Hub
from ..sync.roomserver.settings import RoomSettings

_FEWER = {"connections": 500, "rooms": 500, "outboxes": 100_000_000}
"""A Jupyter server has other things to do, and systems allow it few open files."""


class Rooms:
    """The hub of a Jupyter server, from its first socket to the server's end.

    Rooms in `allowed` are open to everybody who names them, since reviewers on a static page have
    no token of this server; all others to those who have one. Used on the server's event loop.
    """

    def __init__(self, settings: RoomSettings) -> None:
        self._settings = replace(settings, limits=_FEWER | dict(settings.limits))
        self.allowed = AllowedRooms()
        self._hub: Hub | None = None

    async def hub(self) -> Hub:
        """The running hub; `InvalidInputError` for settings that are wrong."""
        if self._hub is None:
            hub = self._settings.make_hub(self.allowed)
            self._hub = hub
            with suppress(ValueError):  # another server in this process is counted already
                prometheus_client.REGISTRY.register(hub.metrics.registry)
            await hub.start()
        return self._hub

    async def close(self) -> None:
        """Send everybody elsewhere, and close."""
        hub, self._hub = self._hub, None
        if hub is not None:
            with suppress(KeyError):
                prometheus_client.REGISTRY.unregister(hub.metrics.registry)
            hub.drain()
            await hub.close()

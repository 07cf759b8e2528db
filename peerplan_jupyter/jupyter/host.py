"""Host: starts what a Jupyter server has of plans when it is first asked for."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..sync.roomserver.admission import AllowedRooms
from ..sync.roomserver.settings import RoomSettings
from .rooms import Rooms
from .team.teams import Teams, TeamSettings

if TYPE_CHECKING:
    from .service import Service

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """What the server's configuration says; see the traits of `PeerPlanApp`. None leaves it to
    the user's `settings.toml`.
    """

    root: Path
    home: Path | None = None
    max_artifact_bytes: int | None = None
    auto_publish: bool = True
    publish_delay: float = 2.0
    trusted_hosts: tuple[str, ...] | None = None
    rooms: RoomSettings = field(default_factory=RoomSettings)
    team: TeamSettings = field(default_factory=TeamSettings)


class Host:
    """Makes the `Service`, off the server's event loop.

    Importing Loro and pydantic takes longer than a server should wait at its start, so nothing
    that the handlers import at their top may import them. Used on the server's event loop.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rooms = Rooms(settings.rooms)
        self.teams = Teams(settings.root, settings.home, settings.team)
        self._starting: asyncio.Task[Service] | None = None

    def begin(self) -> None:
        """Start the service now, in the background; what goes wrong is in the log."""
        task = asyncio.create_task(self.service())
        self._beginning = task
        task.add_done_callback(_log_failure)

    async def service(self) -> Service:
        """The running service; why it cannot be started, until it can: `StorageError`, or
        `InvalidInputError` for settings that are wrong.
        """
        if self._starting is None:
            self._starting = asyncio.create_task(_start(self.settings, self.rooms.allowed))
        starting = self._starting
        try:
            return await asyncio.shield(starting)
        except Exception:
            if self._starting is starting:
                self._starting = None
            raise

    async def close(self) -> None:
        """End the rooms, the board and the service, if they were started."""
        await self.rooms.close()
        await self.teams.close()
        starting, self._starting = self._starting, None
        if starting is not None:
            await asyncio.wait([starting])
            if starting.exception() is None:
                await starting.result().close()


def _log_failure(task: asyncio.Task[Service]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("Plans are not available: %s", error)


async def _start(settings: Settings, allowed: AllowedRooms) -> Service:
    await asyncio.to_thread(_import)
    from .service import Service  # noqa: PLC0415 (see `Host`)

    return await Service.start(settings, allowed)


def _import() -> None:
    from . import service  # noqa: F401, PLC0415

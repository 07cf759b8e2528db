"""Living in the rooms of this user for as long as the Jupyter server runs."""

from __future__ import annotations

import asyncio
import logging

from ..errors import PeerPlanError
from ..review.inviting import secret_of
from ..review.workspace import Workspace
from ..store.rooms import KeptRoom
from ..sync.roomserver.admission import AllowedRooms

LOOK = 1.0
"""Seconds between two looks for rooms that a command or a kernel kept."""
_log = logging.getLogger(__name__)


class RoomKeeper:
    """Enters every room that the user keeps, and lets strangers into those of the user's own.

    Used on the server's event loop.
    """

    def __init__(self, workspace: Workspace, allowed: AllowedRooms) -> None:
        self._workspace, self._allowed = workspace, allowed
        self._seen = -1
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Look no more; the rooms are left when the workspace closes."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look_now(self) -> None:
        """Enter what was kept since the last look."""
        rooms = self._workspace.inviting.rooms
        stamp = await asyncio.to_thread(rooms.stamp)
        if stamp == self._seen:
            return
        self._seen = stamp
        for room in await asyncio.to_thread(rooms.all):
            try:
                await self._enter(room)
            except PeerPlanError as error:
                _log.info("The room of the plan %s was not entered: %s", room.plan, error)
                self._workspace.meetings.missed(room.plan, error)

    async def _look(self) -> None:
        while True:
            try:
                await self.look_now()
            except Exception:
                _log.exception("Looking for rooms failed")
            await asyncio.sleep(LOOK)

    async def _enter(self, room: KeptRoom) -> None:
        if not room.servers or not (room.link or room.issued):
            return
        if not room.link:
            self._allowed.allow(secret_of(room).room)
        standing = await asyncio.to_thread(self._workspace.inviting.standing, room)
        await self._workspace.meetings.enter(standing)

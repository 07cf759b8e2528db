"""Meetings: the rooms that a workspace lives in, each the room of one plan."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import NotFoundError, PeerPlanError
from ..sync.mesh.barring import Barred
from ..sync.mesh.mesh import Mesh, Paths
from ..sync.mesh.standing import Standing
from ..sync.plans import Plans
from .company import Company
from .rights import Rights
from .telling import absence, refusal_of, sentence

if TYPE_CHECKING:
    from .workspace import Workspace

Listener = Callable[[str], None]
_LOOK = 0.05
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Meeting:
    """One room, and the task that lives in it."""

    mesh: Mesh
    rights: Rights
    task: asyncio.Task[None]


class Meetings:
    """What a workspace shared, and what it was invited to. On the peer's thread, but for the
    coroutines, which may be awaited anywhere.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._company: Company | None = None
        self._meetings: dict[str, Meeting] = {}
        self._barred: defaultdict[str, Barred] = defaultdict(Barred)
        self._missed: dict[str, str] = {}
        self._listeners: list[Listener] = []

    def company(self, plans: Plans) -> Company:
        """The rooms of this process with who is in them."""
        if self._company is None:
            self._company = Company(self._workspace, plans)
        return self._company

    async def enter(self, standing: Standing, paths: Paths | None = None) -> None:
        """Begin to live in the room of a plan, which need not be here yet.

        Who is in it already goes on, unless with another standing than before.
        """
        wanted = paths or Paths(turn_only=self._workspace.settings.rooms.turn_only)
        await asyncio.wrap_future(self._workspace.peer.spawn(self._enter(standing, wanted)))

    async def leave(self, plan_id: str) -> None:
        """Leave the room of a plan; nothing happens if nobody is in it."""
        await asyncio.wrap_future(self._workspace.peer.spawn(self._leave(plan_id)))

    async def arrival(self, plan_id: str, seconds: float = 20.0) -> None:
        """Return when the plan is here.

        Raises `ForbiddenError` when the others do not let this user in, and `UnreachableError` if
        nobody gave the plan in that time.
        """
        peer, until = self._workspace.peer, time.monotonic() + seconds
        while not await peer.acall(lambda plans: plans.has(plan_id)):
            mesh = meeting.mesh if (meeting := self._meetings.get(plan_id)) else None
            shut = mesh is not None and not mesh.members and refusal_of(mesh)
            if shut or time.monotonic() > until:
                raise absence(mesh, seconds)
            await asyncio.sleep(_LOOK)

    def connection(self, plan_id: str, own: dict[str, Any]) -> dict[str, Any]:
        """How a page's host is connected, `own`, with what the plan's room adds to it."""
        meeting = self._meetings.get(plan_id)
        if meeting is None:
            why = self._missed.get(plan_id)
            return {**own, "detail": why} if why else own
        mesh = meeting.mesh
        linked = [one for one in mesh.members if one.path]
        relayed = bool(linked) and all(one.path == "relay" for one in linked)
        return {
            **own,
            "state": "relay" if relayed else own["state"],
            "peers": own["peers"] + len(linked),
            "detail": sentence(mesh),
        }

    def missed(self, plan_id: str, error: PeerPlanError) -> None:
        """Take note of why a room was not entered, for people."""
        self._missed[plan_id] = f"{error.message} {error.hint}".strip()

    def rooms(self) -> list[Meeting]:
        """The rooms that this process lives in now."""
        return list(self._meetings.values())

    def role(self, plan_id: str) -> str:
        """The role of this workspace in the room of a plan; `owner` where there is none."""
        meeting = self._meetings.get(plan_id)
        return meeting.mesh.standing.role if meeting else "owner"

    async def fetch(self, plan_id: str, hash: str) -> AsyncIterator[bytes]:  # noqa: A002
        """The bytes of an artifact from others in the room, not verified; on the peer's thread.

        Raises `NotFoundError`.
        """
        meeting = self._meetings.get(plan_id)
        if meeting is None:
            raise NotFoundError("Nobody is met about this plan.")
        async for piece in meeting.mesh.fetch(hash):
            yield piece

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with a plan's id, on the peer's thread, when its room looks different."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    async def close(self) -> None:
        """Leave every room."""
        await asyncio.gather(*(self.leave(plan_id) for plan_id in list(self._meetings)))

    async def _enter(self, standing: Standing, paths: Paths) -> None:
        known = self._meetings.get(standing.plan)
        if known is not None and known.mesh.standing == standing and not known.task.done():
            return
        await self._leave(standing.plan)
        self._missed.pop(standing.plan, None)
        plans = await self._workspace.peer.acall(lambda plans: plans)
        company, rights = (
            self.company(plans),
            Rights(plans, standing.plan, standing.ticket.actor.id, self._barred[standing.room]),
        )
        mesh = Mesh(
            standing,
            company.rooms.expect(standing.plan),
            company.key,
            rights,
            paths=paths,
            find=lambda hash: self._find(plans, standing.plan, hash),  # noqa: A006
            changed=lambda: self._tell(standing.plan),
        )
        task = asyncio.create_task(mesh.run())
        task.add_done_callback(_log_failure)
        self._meetings[standing.plan] = Meeting(mesh, rights, task)

    async def _leave(self, plan_id: str) -> None:
        meeting = self._meetings.pop(plan_id, None)
        if meeting is not None:
            meeting.mesh.close()
            await asyncio.wait([meeting.task], timeout=5)
            meeting.rights.close()
            self._tell(plan_id)

    def _find(self, plans: Plans, plan_id: str, hash: str) -> Any:  # noqa: A002
        """The file of an artifact, if the plan names it."""
        if not plans.has(plan_id):
            return None
        named = {one.hash for one in plans.get(plan_id).artifacts.values() if not one.withdrawn}
        return self._workspace.blobs.find(hash) if hash in named else None

    def _tell(self, plan_id: str) -> None:
        for listener in list(self._listeners):
            listener(plan_id)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("A room was left: %s", error)

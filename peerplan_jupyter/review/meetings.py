"""Meetings: the rooms that a workspace lives in, each the room of one plan."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ..errors import NotFoundError, PeerPlanError, StorageError
from ..sync.mesh.barring import Barred
from ..sync.mesh.mesh import Answer as MeshAnswer
from ..sync.mesh.mesh import Introduction as MeshIntroduction
from ..sync.mesh.mesh import MemberState, Mesh, Paths
from ..sync.mesh.standing import Standing
from ..sync.plans import Plans
from ..sync.transports.channel import Path
from ..sync.transports.webrtc.backend import check_installed
from .company import Company
from .delivery import Delivery
from .listeners import Listener
from .rights import Rights
from .telling import absence, others, refusal_of, sentence

if TYPE_CHECKING:
    from .workspace import Workspace

_LOOK = 0.05
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Meeting:
    """One room, and the task that lives in it."""

    mesh: Mesh
    rights: Rights
    task: asyncio.Task[None]
    delivery: Delivery | None
    """None in a room of this user's own: what is written there is where it belongs."""


@dataclass(frozen=True)
class Introduction:
    """See `mesh.Introduction`; its coroutines may be awaited on any event loop."""

    _workspace: Workspace
    _made: MeshIntroduction

    @property
    def text(self) -> str:
        """What the other person pastes or scans."""
        return self._made.text

    async def answered(self, text: str) -> None:
        """See `mesh.Introduction.answered`."""
        await asyncio.wrap_future(self._workspace.peer.spawn(self._made.answered(text)))


@dataclass(frozen=True)
class Answer:
    """See `mesh.Answer`; its coroutine may be awaited on any event loop."""

    _workspace: Workspace
    _made: MeshAnswer

    @property
    def text(self) -> str:
        """What the other person pastes or scans."""
        return self._made.text

    async def linked(self) -> None:
        """See `mesh.Answer.linked`."""
        await asyncio.wrap_future(self._workspace.peer.spawn(self._made.linked()))


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

    def company(self, plans: Plans) -> Company:
        """The rooms of this process with who is in them."""
        if self._company is None:
            self._company = Company(self._workspace, plans)
        return self._company

    async def enter(self, standing: Standing, paths: Paths | None = None) -> None:
        """Begin to live in the room of a plan, which need not be here yet.

        Who is in it already goes on, unless with another standing than before. Raises
        `InvalidInputError` if the WebRTC library that the settings name is not installed.
        """
        chosen = self._workspace.settings.rooms
        wanted = paths or Paths(turn_only=chosen.turn_only, backend=chosen.backend)
        check_installed(wanted.backend)
        await asyncio.wrap_future(self._workspace.peer.spawn(self._enter(standing, wanted)))

    async def leave(self, plan_id: str) -> None:
        """Leave the room of a plan; nothing happens if nobody is in it."""
        await asyncio.wrap_future(self._workspace.peer.spawn(self._leave(plan_id)))

    async def introduce(self, plan_id: str) -> Introduction:
        """Begin to meet somebody about a plan by two texts, with no server.

        Raises `NotFoundError` where nobody was invited, and as `Mesh.introduce`.
        """
        made = self._mesh(plan_id).introduce()
        return Introduction(
            self._workspace, await asyncio.wrap_future(self._workspace.peer.spawn(made))
        )

    async def answer(self, plan_id: str, text: str) -> Answer:
        """Answer who began to meet this user so.

        Raises `NotFoundError` where nobody was invited, and as `Mesh.answer`.
        """
        made = self._mesh(plan_id).answer(text)
        return Answer(self._workspace, await asyncio.wrap_future(self._workspace.peer.spawn(made)))

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
        paths = [one.path for one in others(meeting.mesh) if one.path]
        state = self._state(plan_id, meeting, paths) or own["state"]
        return {
            **own,
            "state": state,
            "path": "" if state == "relay" else own.get("path", ""),
            "peers": own["peers"] + len(paths),
            "unsent": len(self.unsent(plan_id)),
            "detail": sentence(meeting.mesh, doubled=meeting.rights.doubled),
        }

    def members(self, plan_id: str) -> list[dict[str, Any]]:
        """Who else is in the room of a plan, as it travels: `{"peer", "identity", "role", "path",
        "trouble", "invitation"}` each.
        """
        meeting = self._meetings.get(plan_id)
        return [_told(one) for one in others(meeting.mesh)] if meeting else []

    def unsent(self, plan_id: str) -> list[str]:
        """The keys of the news that this user wrote as a guest and no owner has."""
        meeting = self._meetings.get(plan_id)
        return meeting.delivery.unsent() if meeting and meeting.delivery else []

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

    async def fetch(
        self,
        plan_id: str,
        hash: str,  # noqa: A002
        most: int,
        progress: Callable[[int], None],
    ) -> bytes:
        """The bytes of an artifact from others in the room; see `Artifacts.fetch`. On the peer's
        thread.
        """
        meeting = self._meetings.get(plan_id)
        if meeting is None:
            raise NotFoundError("Nobody is met about this plan.")
        return await meeting.mesh.artifacts.fetch(hash, most, progress)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with a plan's id, on the peer's thread, when its room looks different."""
        return self._workspace.room_listeners.subscribe(listener)

    async def close(self) -> None:
        """Leave every room."""
        await asyncio.gather(*(self.leave(plan_id) for plan_id in list(self._meetings)))
        if (company := self._company) is not None:
            await self._workspace.peer.acall(lambda _: company.close())

    def _mesh(self, plan_id: str) -> Mesh:
        meeting = self._meetings.get(plan_id)
        if meeting is None:
            raise NotFoundError(
                "Nobody was invited to this plan.", hint="Make an invitation first."
            )
        return meeting.mesh

    async def _enter(self, standing: Standing, paths: Paths) -> None:
        known = self._meetings.get(standing.plan)
        if known is not None and known.mesh.standing == standing and not known.task.done():
            return
        await self._leave(standing.plan)
        self._missed.pop(standing.plan, None)
        plans = await self._workspace.peer.acall(lambda plans: plans)
        company, me = self.company(plans), standing.ticket.actor.id
        copy, barred = company.copy(standing.plan), self._barred[standing.room]
        rights = Rights(plans, standing.plan, me, barred, copy)
        mesh = Mesh(
            standing,
            company.rooms.expect(standing.plan),
            company.key,
            rights,
            paths=paths,
            find=lambda hash: self._find(plans, standing.plan, hash),  # noqa: A006
            changed=lambda: self._tell(standing.plan),
        )
        invited = standing.ticket.invitation is not None
        told = self._workspace.room_listeners.tell
        delivery = Delivery(plans, mesh, lambda: told(standing.plan)) if invited else None
        task = asyncio.create_task(mesh.run())
        task.add_done_callback(_log_failure)
        self._meetings[standing.plan] = Meeting(mesh, rights, task, delivery)

    async def _leave(self, plan_id: str) -> None:
        meeting = self._meetings.pop(plan_id, None)
        if meeting is not None:
            meeting.mesh.close()
            if meeting.delivery:
                meeting.delivery.close()
            await asyncio.wait([meeting.task], timeout=5)
            meeting.rights.close()
            self._tell(plan_id)

    def _find(self, plans: Plans, plan_id: str, hash: str) -> Any:  # noqa: A002
        """The file of an artifact, if the plan names it."""
        if not plans.has(plan_id):
            return None
        named = {one.hash for one in plans.get(plan_id).artifacts.values() if not one.withdrawn}
        return self._workspace.blobs.find(hash) if hash in named else None

    def _state(self, plan_id: str, meeting: Meeting, paths: list[Path]) -> str:
        """Empty for that of the page's host."""
        if paths:
            return "relay" if all(one == "relay" for one in paths) else ""
        if meeting.delivery:
            return "alone" if meeting.mesh.state.state == "live" else "offline"
        here = {one.actor.id for one in self._workspace.attendance.roster(plan_id)}
        return "" if len(here) > 1 else "alone"

    def _tell(self, plan_id: str) -> None:
        meeting = self._meetings.get(plan_id)
        if meeting and meeting.delivery:
            meeting.delivery.look()
        if meeting and meeting.mesh.revoked:
            self._taken_back(meeting.mesh.standing)
        self._workspace.room_listeners.tell(plan_id)

    def _taken_back(self, standing: Standing) -> None:
        try:
            self._workspace.inviting.taken_back(standing)
        except (StorageError, TimeoutError) as error:
            _log.warning("That an invitation was taken back cannot be kept: %s", error)


def _told(one: MemberState) -> dict[str, Any]:
    identity = one.identity.to_wire() if one.identity else None
    return {**asdict(one), "identity": identity}


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("A room was left: %s", error)

"""Service: what the handlers do, in the words of the layers below. Imported at first use."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_server.auth.identity import User

from ..errors import InvalidInputError, PeerPlanError
from ..git.repository import Repository
from ..plan.ids import new_id
from ..plan.operations import AddArtifact, CreatePlan, Operation, parse_operation
from ..plan.schema import Actor, Artifact
from ..review.autopublish import AutoPublisher
from ..review.live import live_view
from ..review.messages import Message
from ..review.publishing import plan_json
from ..review.session import ReviewSession
from ..review.sharing import Inviter, Sharing
from ..review.workspace import Workspace
from ..store.home import Home
from ..store.publisher import Published
from ..store.recovery import known_losses
from ..store.settings import Settings as UserSettings
from ..store.settings import checked_settings, read_settings
from ..sync.connection import Connection
from ..sync.events import Role
from ..sync.plans import Plans
from ..sync.roomserver.admission import AllowedRooms
from ..sync.transports.handler import Handler, HandlerSocket
from .host import Settings
from .people import is_anonymous, label_of, person_name
from .room_keeper import RoomKeeper

MAX_OPERATIONS = 1000
"""Operations in one request."""
_CONNECTION = {
    "state": "live", "path": "Jupyter server", "peers": 0, "unsent": 0, "since": None, "detail": "",
}  # fmt: skip
_log = logging.getLogger(__name__)
Listener = Callable[[str], None]


class Service:
    """The plans of a Jupyter server. Used on the server's event loop."""

    def __init__(self, settings: Settings, workspace: Workspace, allowed: AllowedRooms) -> None:
        self.settings = settings
        self.workspace = workspace
        self._auto: AutoPublisher | None = None
        self._rooms = RoomKeeper(workspace, allowed)
        self._loop = asyncio.get_running_loop()
        self._name = ""
        self._sessions: dict[ReviewSession, str] = {}
        self._listeners: list[Listener] = []

    @classmethod
    async def start(cls, settings: Settings, allowed: AllowedRooms) -> Service:
        """Read the user's settings, open the journal, begin to publish, and enter the user's rooms;
        `allowed` is told which of them strangers may enter.
        """
        home = Home.under(settings.home) if settings.home else Home.default()
        chosen = await asyncio.to_thread(_chosen, home, settings)
        workspace = Workspace(home, chosen, settings.root)
        await asyncio.to_thread(workspace.start)
        made = cls(settings, workspace, allowed)
        await made._begin()
        return made

    async def close(self) -> None:
        """End the peer's thread and close the journal."""
        if self._auto is not None:
            self._auto.stop()
        await self._rooms.stop()
        await asyncio.to_thread(self.workspace.close)

    async def actor(self, user: User) -> Actor:
        """The person behind a request."""
        name = user.display_name
        if is_anonymous(user):
            self._name = self._name or await asyncio.to_thread(person_name, self.settings.root)
            name = self._name
        return await asyncio.to_thread(self.workspace.actor, "human", name, label_of(user))

    async def journal(self) -> str:
        """Which journal this is; the same in every process that has it open."""
        return await self.workspace.peer.acall(lambda plans: plans.journal.epoch)

    async def summaries(self, user: User) -> list[dict[str, Any]]:
        """All plans in a few words each; `unread` is for `user`."""
        plans = await self.workspace.summaries((await self.actor(user)).id)
        for one in plans:
            one["agent"] = self.workspace.attendance.agent(one["id"])
        return plans

    async def losses(self) -> list[str]:
        """What broken journals took away, in sentences."""
        return await asyncio.to_thread(known_losses, self.workspace.home.journal.parent)

    async def create(self, user: User, fields: dict[str, Any]) -> tuple[str, int]:
        """Begin a plan in the server's repository; its id and `seq`."""
        fields = {"planId": new_id(), **fields, "op": "create_plan"}
        operation = parse_operation(fields, await self.actor(user))
        assert isinstance(operation, CreatePlan)  # noqa: S101 (its `op` says so)
        repository = await asyncio.to_thread(_in_repository, self.settings.root)
        applied = await self.workspace.create(operation, repository)
        return operation.plan_id, applied.change.seq

    async def open(self, user: User, url: str) -> str:
        """Bring a plan here by what a person pasted, and come into its room if that is an
        invitation; its id.
        """
        name = (await self.actor(user)).name
        return await self.workspace.join(url, name, self.settings.root, label_of(user))

    async def sharing(self, user: User, plan_id: str, server: str) -> Sharing:
        """Giving links to a plan away; they name `server`, unless the settings name others."""
        label = label_of(user)
        identity = await asyncio.to_thread(self.workspace.identity, "human", label)
        who = Inviter(identity, (await self.actor(user)).name, label, lambda: (server,))
        return Sharing(self.workspace, plan_id, who, self._enter_rooms)

    async def view(self, user: User, plan_id: str) -> dict[str, Any]:
        """The plan's view, as a page would get it."""
        actor = await self.actor(user)
        await self.workspace.custody.check(plan_id)

        def read(plans: Plans) -> dict[str, Any]:
            document = plans.get(plan_id)
            live = live_view(self.workspace, plans, plan_id, actor, _CONNECTION.copy())
            return {"seq": document.seq, "plan": document.plan().to_wire(), "live": live}

        return await self.workspace.peer.acall(read)

    async def plan_json(self, plan_id: str) -> bytes:
        """`plan.json` as it would be published now."""
        return await self.workspace.peer.acall(lambda plans: plan_json(plans.get(plan_id).plan()))

    async def apply(self, user: User, plan_id: str, sent: list[Any]) -> tuple[int, list[str]]:
        """Apply operations in order; the last `seq` and their ids, when all are durable.

        The first that fails ends it: `error.data["applied"]` says how many came before.
        """
        operations = _parsed(sent, await self.actor(user))
        seq = 0
        for number, operation in enumerate(operations):
            try:
                seq = (await self.workspace.submit(plan_id, operation)).change.seq
            except PeerPlanError as error:
                error.data["applied"] = number
                raise
        return seq, [one.id for one in operations]

    async def publish(self, plan_id: str) -> Published:
        """Publish a plan now."""
        try:
            return await self.workspace.publisher.publish(plan_id)
        finally:
            self._published(plan_id)

    async def attach(
        self, user: User, plan_id: str, data: bytes, name: str, step: str | None, caption: str
    ) -> AddArtifact:
        """Take bytes in as evidence."""
        actor = await self.actor(user)
        return await self.workspace.attach(
            plan_id, actor, data, name=name, step=step, caption=caption
        )

    async def artifact(self, plan_id: str, artifact_id: str) -> tuple[Artifact, Path]:
        """An artifact and the file of its verified bytes."""
        return await self.workspace.custody.file(plan_id, artifact_id)

    async def session(
        self, user: User, plan_id: str, say: Callable[[Message], None], server: str
    ) -> ReviewSession:
        """A page's session; `say` is called on the peer's thread. See `sharing` for `server`."""
        made = ReviewSession(
            self.workspace,
            plan_id,
            await self.actor(user),
            lambda message, _: say(message),
            _CONNECTION.copy,
            await self.sharing(user, plan_id, server),
        )
        self._sessions[made] = plan_id
        return made

    def end_session(self, session: ReviewSession) -> None:
        """The page is gone."""

        async def close() -> None:
            session.close()

        self._sessions.pop(session, None)
        try:
            self.workspace.peer.spawn(close())
        except PeerPlanError:
            return

    async def carry(self, handler: Handler) -> HandlerSocket:
        """Let another peer in, which whoever has the token may send."""
        peer = self.workspace.peer
        company = await peer.acall(self.workspace.meetings.company)
        return HandlerSocket(
            handler,
            peer.loop,
            lambda: Connection(
                Role.RECEIVER,
                company.terms(),
                open_room=company.rooms.open,
                port_of=company.port,
            ),
        )

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with a plan's id, on any thread, when something about it changed."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    async def _begin(self) -> None:
        workspace = self.workspace
        workspace.peer.subscribe(lambda event: self._tell(event.plan_id))
        workspace.attendance.subscribe(self._tell)
        workspace.meetings.subscribe(self._tell)
        if self.settings.auto_publish:
            self._auto = AutoPublisher(workspace, self.settings.publish_delay, self._published)
            self._auto.start()
        self._rooms.start()

    async def _enter_rooms(self) -> None:
        """Enter those that were made just now; may be awaited on any event loop."""
        entering = asyncio.run_coroutine_threadsafe(self._rooms.look_now(), self._loop)
        await asyncio.wrap_future(entering)

    def _published(self, plan_id: str) -> None:
        for session, of in list(self._sessions.items()):
            if of == plan_id:
                session.live_changed()
        self._tell(plan_id)

    def _tell(self, plan_id: str) -> None:
        for listener in list(self._listeners):
            listener(plan_id)


def _chosen(home: Home, settings: Settings) -> UserSettings:
    """The user's settings, where the server's configuration says nothing else."""
    found = read_settings(home)
    said: dict[str, object] = {"max_artifact_bytes": settings.max_artifact_bytes}
    said["trusted_hosts"] = settings.trusted_hosts
    told = {name: value for name, value in said.items() if value is not None}
    return checked_settings({**dict(found), **told}, "The configuration of PeerPlanApp")


def _in_repository(folder: Path) -> Path | None:
    try:
        Repository.open(folder).close()
    except PeerPlanError:
        return None
    return folder


def _parsed(sent: list[Any], actor: Actor) -> list[Operation]:
    if len(sent) > MAX_OPERATIONS or not sent:
        raise InvalidInputError(f"{len(sent)} operations came; 1 to {MAX_OPERATIONS} are taken.")
    made = [parse_operation(one if isinstance(one, dict) else {}, actor) for one in sent]
    if any(isinstance(one, CreatePlan) for one in made):
        raise InvalidInputError("A plan cannot be created inside another one.")
    return made

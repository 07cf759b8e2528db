"""Members of a room on this machine, with everything between them real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.plan.schema import Actor
from peerplan_jupyter.sync.handshake import Member, Ticket
from peerplan_jupyter.sync.invitation import MemberRole, RoomSecret, issue
from peerplan_jupyter.sync.keys import did_of
from peerplan_jupyter.sync.mesh.barring import Barred
from peerplan_jupyter.sync.mesh.mesh import Mesh, Paths
from peerplan_jupyter.sync.mesh.standing import Standing
from peerplan_jupyter.sync.room import Room

from ..conftest import DocPort
from ..roomserver.conftest import Running, serving

PLAN = "sessions"
RELAYED = Paths(direct=False)


class Trusting:
    """Takes everything; `revoked` holds the invitations that were taken back."""

    def __init__(self, port: DocPort) -> None:
        self.taken_back: set[str] = set()
        self.barred = Barred()
        self._port = port

    def revoked(self, invitation: str) -> bool:
        return invitation in self.taken_back

    def judge(self, update: bytes, member: Member) -> None:
        pass

    def foreseen(self, *_: Any) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    def own_since(self, version: bytes) -> bytes:
        return self._port.updates_since(version)

    def own_parts_since(self, version: bytes) -> list[bytes]:
        return [self.own_since(version)]


class Peer:
    """One member: its document, its room and its mesh."""

    def __init__(self, standing: Standing, paths: Paths, files: Mapping[str, Path]) -> None:
        self.port = DocPort()
        self.room = Room(PLAN, self.port)
        self.watch = Trusting(self.port)
        self.me = new_id()
        self._given = standing, paths, files
        self.mesh = self._mesh()
        self.room.presence.say(self.me, standing.ticket.actor.name)

    def _mesh(self) -> Mesh:
        standing, paths, files = self._given
        return Mesh(standing, self.room, self.me, self.watch, paths=paths, find=files.get)

    async def live(self) -> None:
        """Live in the room, in a new mesh after each `come_back`."""
        mesh = None
        while mesh is not self.mesh:
            mesh = self.mesh
            await mesh.run()

    def come_back(self) -> None:
        """Leave, and live in the room under the same id as soon as that is said."""
        self.mesh.close()
        self.mesh = self._mesh()

    def put(self, key: str, value: str) -> None:
        self.room.publish(self.port.put(key, value))

    @property
    def paths(self) -> list[Any]:
        return [member.path for member in self.mesh.members]


def reason(peer: Peer) -> str:
    """Why the last peer that did refused this one."""
    refusal = peer.mesh.refusal
    return str(refusal.data["reason"]) if refusal else ""


class Gathering:
    """A room with its owner's key, and everybody who was let in."""

    def __init__(self, server: Running, servers: AsyncExitStack, stack: AsyncExitStack) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.secret = RoomSecret.new(did_of(self.key))
        self.servers = (server.url,)
        self.port, self._running, self._stack = server.port, servers, stack

    async def stop_servers(self) -> None:
        await self._running.aclose()

    async def start_servers(self) -> None:
        await self._running.enter_async_context(serving(port=self.port, origins=["*"]))

    def ticket(self, name: str, role: MemberRole = "owner", **changed: Any) -> Ticket:
        own = self.key if role == "owner" else Ed25519PrivateKey.generate()
        actor = Actor(id=did_of(own), name=name, kind="human")
        invitation = None
        if role != "owner":
            invitation = issue(self.key, self.secret, PLAN, role, servers=self.servers)
        fields = {"secret": self.secret, "plan": PLAN, "actor": actor, "key": own}
        return Ticket(**{**fields, "invitation": invitation, **changed})

    async def enter(
        self,
        name: str,
        role: MemberRole = "owner",
        paths: Paths | None = None,
        files: Mapping[str, Path] | None = None,
        servers: Sequence[str] = (),
        **changed: Any,
    ) -> Peer:
        """`changed` are fields of the ticket."""
        met = tuple(servers) or self.servers
        standing = Standing(self.ticket(name, role, **changed), met)
        peer = Peer(standing, paths or Paths(), files or {})
        running = asyncio.ensure_future(peer.live())

        async def leave() -> None:
            peer.mesh.close()
            await running

        self._stack.push_async_callback(leave)
        return peer


@asynccontextmanager
async def gathering() -> AsyncIterator[Gathering]:
    """A room at a room server of this machine; everybody leaves at the end."""
    async with AsyncExitStack() as stack:
        servers = await stack.enter_async_context(AsyncExitStack())
        running = await servers.enter_async_context(serving(origins=["*"]))
        yield Gathering(running, servers, stack)

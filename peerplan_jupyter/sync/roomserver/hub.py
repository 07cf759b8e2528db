"""Hub: who is in which room, and what goes from whom to whom."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from ...errors import ForbiddenError, PeerPlanError
from .admission import Admission, EveryRoom
from .connection import Connection, Member, Socket
from .faults import CrowdedError, ReplacedError, TakenError, UnusedError
from .ice import IceServers
from .limits import RoomLimits
from .messages import Join, Publish, write
from .metrics import Metrics
from .relay_frames import decode_names
from .room import Room

_SWEEP = 5.0


class Hub:
    """The rooms of one server. Used on its event loop."""

    def __init__(
        self,
        limits: RoomLimits | None = None,
        admission: Admission | None = None,
        ice: IceServers | None = None,
    ) -> None:
        self.limits = limits or RoomLimits()
        self.admission = admission or EveryRoom()
        self._ice = ice or IceServers()
        self.metrics = Metrics()
        self.rooms: dict[str, Room] = {}
        self.connections: dict[Connection, None] = {}
        self.draining = False
        self.admission.on_withdrawn(self._close_to_strangers)
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins what runs beside the sockets."""
        self._sweeping = asyncio.create_task(self._sweep_often())

    def connect(self, socket: Socket, *, stranger: bool = False) -> Connection:
        """A connection for an open socket."""
        connection = Connection(self, socket, stranger=stranger)
        self.connections[connection] = None
        self.metrics.connections.set(len(self.connections))
        if self.draining:
            connection.send(write({"type": "drain"}))
        return connection

    @property
    def full(self) -> bool:
        """Whether no more connections are taken."""
        return self.draining or len(self.connections) >= self.limits.connections

    def subscribe(self, connection: Connection, topic: str) -> Room:
        """Puts a connection into a room. Raises `ForbiddenError` or `CrowdedError`."""
        if topic in connection.rooms:
            return connection.rooms[topic]
        if connection.stranger and not self.admission.admits(topic):
            raise ForbiddenError("Nobody here invited you to this room.")
        self._check_space(connection, topic)
        room = self.rooms.get(topic)
        if room is None:
            room = self.rooms[topic] = Room(topic)
            self.metrics.rooms.set(len(self.rooms))
        room.subscribers[connection] = None
        connection.rooms[topic] = room
        return room

    def unsubscribe(self, connection: Connection, topic: str) -> None:
        """Takes a connection out of a room, which it may not be in."""
        room = connection.rooms.pop(topic, None)
        if room is None:
            return
        room.subscribers.pop(connection, None)
        member = connection.joined.pop(topic, None)
        if member is not None and room.members.get(member.id) is connection:
            self._remove(room, member.id)
        if not room.subscribers:
            del self.rooms[topic]
            self.metrics.rooms.set(len(self.rooms))

    def leave(self, connection: Connection) -> None:
        """Takes a closed connection out of everything."""
        for topic in list(connection.rooms):
            self.unsubscribe(connection, topic)
        self.connections.pop(connection, None)
        self.metrics.connections.set(len(self.connections))

    async def join(self, connection: Connection, said: Join) -> None:
        """Lets a connection be reached under an id. Raises `TakenError` if another one is."""
        room = self.subscribe(connection, said.topic)
        member = connection.joined.get(said.topic)
        if member is None:
            member = Member(said.id, said.secret)
            self._claim(room, connection, member)
        elif member.id != said.id:
            raise ForbiddenError("This socket is reached under another id already.")
        servers = self._ice.for_peer(said.id)
        connection.send(write({"type": "joined", "topic": room.name, "iceServers": servers}))

    def publish(self, connection: Connection, said: Publish) -> None:
        """Sends to one member, or to all subscribers, the sender among them as y-webrtc does."""
        room = connection.rooms.get(said.topic)
        if room is None:
            self.metrics.dropped("not_subscribed")
            return
        message: dict[str, Any] = {"type": "publish", "topic": room.name, "data": said.data}
        member = connection.joined.get(said.topic)
        if member is not None:
            message["from"] = member.id
        if said.to is None:
            self._broadcast(room, message)
        elif not self._send_to(room, said.to, write(message | {"to": said.to})):
            self._say_gone(connection, room, said.to)

    async def relay(self, connection: Connection, frame: bytes) -> None:
        """Sends a frame on; returns when its reader has room for more."""
        topic, peer, start = decode_names(frame)
        member = connection.joined.get(topic)
        if member is None:
            raise ForbiddenError("Frames are relayed for those who joined.")
        room = connection.rooms[topic]
        self.metrics.frame_bytes.inc(len(frame))
        target = room.members.get(peer)
        if target is None:
            self._say_gone(connection, room, peer)
            return
        self.metrics.frames.inc()
        target.send(room.prefix + member.prefix + frame[start:])
        await target.drained()

    def health(self) -> dict[str, Any]:
        """How the server stands, for programs that watch it."""
        return {
            "status": "draining" if self.draining else "ok",
            "connections": len(self.connections),
            "rooms": len(self.rooms),
        }

    def sweep(self) -> None:
        """Closes sockets that nobody uses, and those of strangers whose room was closed."""
        now = time.monotonic()
        for connection in list(self.connections):
            if not connection.rooms and now - connection.opened > self.limits.unused:
                connection.refuse(UnusedError("No topic was subscribed."))
            elif connection.stranger:
                self._put_out(connection)

    def drain(self) -> None:
        """Tells everybody to go elsewhere."""
        self.draining = True
        for connection in list(self.connections):
            connection.send(write({"type": "drain"}))

    async def close(self) -> None:
        """Closes every socket; those who were drained come again elsewhere."""
        self.draining = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        for connection in list(self.connections):
            connection.close(1012, "The server stops.")

    def _check_space(self, connection: Connection, topic: str) -> None:
        limits = self.limits
        room = self.rooms.get(topic)
        if len(connection.rooms) >= limits.topics:
            raise CrowdedError(f"A connection may have {limits.topics} topics.")
        if room is None and len(self.rooms) >= limits.rooms:
            raise CrowdedError(f"There are {limits.rooms} rooms already.")
        if room is not None and len(room.subscribers) >= limits.members:
            raise CrowdedError(f"There are {limits.members} members in this room already.")

    def _claim(self, room: Room, connection: Connection, member: Member) -> None:
        holder = room.members.get(member.id)
        if holder is not None:
            if holder.joined[room.name].proof != member.proof:
                raise TakenError("Somebody else is reached under this id.")
            room.members[member.id] = connection
            holder.refuse(ReplacedError("The same peer came again."))
        room.members[member.id] = connection
        connection.joined[room.name] = member
        self._count_members(1 if holder is None else 0)

    def _remove(self, room: Room, peer: str) -> None:
        del room.members[peer]
        self._count_members(-1)
        if not self.draining:
            self._tell_members(room, write({"type": "gone", "topic": room.name, "id": peer}))

    def _count_members(self, change: int) -> None:
        self.metrics.members.inc(change)

    def _broadcast(self, room: Room, message: dict[str, Any]) -> None:
        text = write(message | {"clients": len(room.subscribers)})
        self.metrics.signals.inc(len(room.subscribers))
        for subscriber in list(room.subscribers):
            subscriber.send(text)

    def _send_to(self, room: Room, peer: str, text: str) -> bool:
        target = room.members.get(peer)
        if target is None:
            return False
        self.metrics.signals.inc()
        target.send(text)
        return True

    def _tell_members(self, room: Room, text: str) -> None:
        for member in list(room.members.values()):
            member.send(text)

    def _say_gone(self, connection: Connection, room: Room, peer: str) -> None:
        self.metrics.dropped("nobody")
        connection.send(write({"type": "gone", "topic": room.name, "id": peer}))

    def _close_to_strangers(self, topic: str) -> None:
        room = self.rooms.get(topic)
        for connection in list(room.subscribers) if room else ():
            if connection.stranger:
                self._put_out(connection)

    async def _sweep_often(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP)
            self.sweep()

    def _put_out(self, connection: Connection) -> None:
        try:
            for topic in connection.rooms:
                if not self.admission.admits(topic):
                    raise ForbiddenError("This room takes no strangers any more.")
        except PeerPlanError as error:
            connection.refuse(error)

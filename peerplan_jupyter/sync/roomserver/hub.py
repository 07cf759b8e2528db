"""Hub: who is in which room, and what goes from whom to whom."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

from ...errors import ForbiddenError, PeerPlanError
from .admission import Admission, EveryRoom
from .backplane import Alone, Backplane
from .connection import Connection, Member, Socket
from .faults import CrowdedError, ReplacedError, TakenError, UnusedError
from .ice import IceServers
from .limits import RoomLimits
from .messages import Join, Publish, write
from .metrics import Metrics
from .outbox import Total
from .relay_frames import decode_names
from .room import Room

_SWEEP, _STRANGERS = 5.0, 5.0


class Hub:
    """The rooms of one server. Used on its event loop."""

    def __init__(
        self,
        limits: RoomLimits | None = None,
        admission: Admission | None = None,
        ice: IceServers | None = None,
        backplane: Backplane | None = None,
    ) -> None:
        self.limits = limits or RoomLimits()
        self.admission = admission or EveryRoom()
        self._ice = ice or IceServers()
        self._backplane = backplane or Alone()
        self.metrics = Metrics()
        self.rooms: dict[str, Room] = {}
        self.connections: dict[Connection, None] = {}
        self.total = Total(self.limits.outboxes)
        self.draining = False
        self.admission.on_withdrawn(self._close_to_strangers)
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins what runs beside the sockets."""
        await self._backplane.start(self)
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

    async def subscribe(self, connection: Connection, topic: str) -> Room:
        """Puts a connection into a room. Raises `ForbiddenError` or `CrowdedError`."""
        room = connection.rooms.get(topic)
        if room is None:
            if connection.stranger and not self.admission.admits(topic):
                raise ForbiddenError("Nobody here invited you to this room.")
            self._check_space(connection, topic)
            room = self.rooms.get(topic) or self._make_room(topic)
            room.subscribers[connection] = None
            connection.rooms[topic] = room
        if room.entering is not None:
            await asyncio.shield(room.entering)
        return room

    def unsubscribe(self, connection: Connection, topic: str) -> None:
        """Takes a connection out of a room, which it may not be in."""
        room = connection.rooms.pop(topic, None)
        if room is None:
            return
        room.subscribers.pop(connection, None)
        member = connection.joined.pop(topic, None)
        if member is not None and room.members.get(member.id) is connection:
            self._remove(room, member)
        if not room.subscribers:
            del self.rooms[topic]
            self.metrics.rooms.set(len(self.rooms))
            self._backplane.leave(room)

    def leave(self, connection: Connection) -> None:
        """Takes a closed connection out of everything."""
        for topic in list(connection.rooms):
            self.unsubscribe(connection, topic)
        self.connections.pop(connection, None)
        self.metrics.connections.set(len(self.connections))

    async def join(self, connection: Connection, said: Join) -> None:
        """Lets a connection be reached under an id. Raises `TakenError` if another one is."""
        room = await self.subscribe(connection, said.topic)
        if connection.rooms.get(room.name) is not room:  # it was closed meanwhile
            return
        member = connection.joined.get(said.topic)
        if member is None:
            await self._claim(room, connection, Member(said.id, said.secret))
        elif member.id != said.id:
            raise ForbiddenError("This socket is reached under another id already.")
        self.welcome(connection, room)

    def welcome(self, connection: Connection, room: Room) -> None:
        """Tells a member that it is reached, anew when other servers are reached again."""
        member = connection.joined.get(room.name)
        if member is not None:
            servers = self._ice.for_peer(member.id)
            connection.send(write({"type": "joined", "topic": room.name, "iceServers": servers}))

    def publish(self, connection: Connection, said: Publish) -> int:
        """Sends to one member, or to all subscribers, the sender among them as y-webrtc does.

        Returns how many there are at this server.
        """
        room = connection.rooms.get(said.topic)
        if room is None:
            self.metrics.dropped("not_subscribed")
            return 0
        message: dict[str, Any] = {"type": "publish", "topic": room.name, "data": said.data}
        member = connection.joined.get(said.topic)
        if member is not None:
            message["from"] = member.id
        if said.to is None:
            text = write(message)
            self.deliver(room, text)
            self._backplane.publish(room, text)
            return len(room.subscribers)
        if not self._send_to(room, said.to, write(message | {"to": said.to})):
            self._say_nobody(connection, room, said.to)
        return 1

    def deliver(self, room: Room, text: str) -> None:
        """Sends a message without `clients` to all subscribers that are here."""
        text = f'{text[:-1]},"clients":{len(room.subscribers) + len(room.elsewhere)}}}'
        self.metrics.signals.inc(len(room.subscribers))
        for subscriber in list(room.subscribers):
            subscriber.send(text)

    async def relay(self, connection: Connection, frame: bytes) -> None:
        """Sends a frame on; returns when its reader has room for more."""
        topic, peer, start = decode_names(frame)
        member = connection.joined.get(topic)
        if member is None:
            raise ForbiddenError("Frames are relayed for those who joined.")
        room = connection.rooms[topic]
        self.metrics.frame_bytes.inc(len(frame))
        target = room.members.get(peer)
        frame = room.prefix + member.prefix + frame[start:]
        if target is not None:
            target.send(frame)
            await target.drained()
        elif not await self._backplane.relay(room, peer, frame):
            self._say_nobody(connection, room, peer)
            return
        self.metrics.frames.inc()

    def say_gone(self, room: Room, peer: str) -> None:
        """Tells the members here that nobody is reached under an id any more."""
        text = write({"type": "gone", "topic": room.name, "id": peer})
        for member in list(room.members.values()):
            member.send(text)

    def health(self) -> dict[str, Any]:
        """How the server stands, for programs that watch it."""
        return {
            "status": "draining" if self.draining else "ok",
            "connections": len(self.connections),
            "rooms": len(self.rooms),
            **({"backplane": self._backplane.state} if self._backplane.state else {}),
        }

    def sweep(self) -> None:
        """Closes sockets that nobody uses, and those of strangers whose room was closed."""
        now = time.monotonic()
        for connection in list(self.connections):
            patience = min(self.limits.unused, _STRANGERS if connection.stranger else math.inf)
            if not connection.rooms and now - connection.opened > patience:
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
        await self._backplane.close()

    def _check_space(self, connection: Connection, topic: str) -> None:
        limits = self.limits
        room = self.rooms.get(topic)
        if len(connection.rooms) >= limits.topics:
            raise CrowdedError(f"A connection may have {limits.topics} topics.")
        if room is None and len(self.rooms) >= limits.rooms:
            raise CrowdedError(f"There are {limits.rooms} rooms already.")
        if room is not None and len(room.subscribers) >= limits.members:
            raise CrowdedError(f"There are {limits.members} members in this room already.")

    def _make_room(self, topic: str) -> Room:
        room = self.rooms[topic] = Room(topic)
        self.metrics.rooms.set(len(self.rooms))
        if self._backplane.state:
            room.entering = asyncio.create_task(self._backplane.enter(room))
        return room

    async def _claim(self, room: Room, connection: Connection, member: Member) -> None:
        _check_free(room, member)
        if not await self._backplane.claim(room, member):
            raise TakenError("Somebody else is reached under this id.")
        if connection.rooms.get(room.name) is not room:  # it left meanwhile
            self._backplane.gone(room, member)
            return
        _check_free(room, member)
        holder = room.members.get(member.id)
        room.members[member.id] = connection
        room.elsewhere.pop(member.id, None)
        connection.joined[room.name] = member
        if holder is None:
            self.metrics.members.inc()
        else:
            holder.refuse(ReplacedError("The same peer came again."))
        self._backplane.joined(room, member)

    def _remove(self, room: Room, member: Member) -> None:
        del room.members[member.id]
        self.metrics.members.dec()
        self._backplane.gone(room, member)
        if not self.draining:
            self.say_gone(room, member.id)

    def _send_to(self, room: Room, peer: str, text: str) -> bool:
        self.metrics.signals.inc()
        target = room.members.get(peer)
        if target is None:
            return self._backplane.send(room, peer, text)
        target.send(text)
        return True

    def _say_nobody(self, connection: Connection, room: Room, peer: str) -> None:
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


def _check_free(room: Room, member: Member) -> None:
    holder = room.members.get(member.id)
    if holder is not None and holder.joined[room.name].proof != member.proof:
        raise TakenError("Somebody else is reached under this id.")

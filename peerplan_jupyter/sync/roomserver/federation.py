"""Federation: several servers as one, over a bus of messages and ids."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...errors import ProtocolError
from ..transports.dialing import Backoff
from .connection import Connection, Member
from .envelopes import Envelope, Kind, decode_envelope
from .faults import ReplacedError, TakenError
from .redis_bus import LOST, RedisBus
from .room import Room

if TYPE_CHECKING:
    from .hub import Hub

_BEAT = 5.0
_SERVERS = "servers"
_HIGH = 262_144
_STEADY = 10.0
_log = logging.getLogger(__name__)


class Federation:
    """The `Backplane` of servers that share a Redis.

    While Redis is gone each goes on alone, and looks for it again. Members at servers that were
    killed are gone after three times `beat`, in seconds. Who can reach the Redis is trusted.
    """

    def __init__(self, url: str, backoff: Backoff | None = None, beat: float = _BEAT) -> None:
        self._url, self._backoff, self._beat = url, backoff or Backoff(), beat
        self.server = secrets.token_hex(8)
        self._bus: RedisBus | None = None
        self._seen: dict[str, float] = {}
        self._full: dict[tuple[str, str], asyncio.Event] = {}
        self._slow: set[Connection] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._make_bus()  # says what is wrong with the address

    @property
    def state(self) -> str:
        """See `Backplane`."""
        return "down" if self._bus is None else "up"

    async def start(self, hub: Hub) -> None:
        """See `Backplane`; returns when the first attempt succeeded or failed."""
        self._hub = hub
        tried = asyncio.Event()
        self._spawn(self._run(tried))
        await tried.wait()

    async def close(self) -> None:
        """See `Backplane`."""
        if self._bus is not None:
            self._tell(_SERVERS, "bye")
            with suppress(*LOST):
                async with asyncio.timeout(1):
                    await self._bus.flushed()
                    await self._bus.die()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def enter(self, room: Room) -> None:
        """See `Backplane`."""
        if self._bus is not None:
            with suppress(*LOST):
                await self._bus.follow([_channel(room)])
                self._learn(room, await self._bus.members(room.name))

    def leave(self, room: Room) -> None:
        """See `Backplane`."""
        if self._bus is not None:
            self._spawn(self._unfollow(room))

    async def claim(self, room: Room, member: Member) -> bool:
        """See `Backplane`."""
        with suppress(*LOST):
            return self._bus is None or await self._bus.claim(room.name, member)
        return True

    def joined(self, room: Room, member: Member) -> None:
        """See `Backplane`."""
        self._tell(_channel(room), "joined", room.name, member.id)

    def gone(self, room: Room, member: Member) -> None:
        """See `Backplane`."""
        if self._bus is not None:
            self._bus.release(room.name, member)
            self._tell(_channel(room), "gone", room.name, member.id)

    def publish(self, room: Room, text: str) -> None:
        """See `Backplane`."""
        self._tell(_channel(room), "publish", room.name, payload=text.encode())

    def send(self, room: Room, peer: str, text: str) -> bool:
        """See `Backplane`."""
        server = room.elsewhere.get(peer)
        return server is not None and self._tell(server, "signal", room.name, peer, text.encode())

    async def relay(self, room: Room, peer: str, frame: bytes) -> bool:
        """See `Backplane`."""
        server = room.elsewhere.get(peer)
        if server is None or not self._tell(server, "frame", room.name, peer, frame):
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(self._hub.limits.patience):
                if self._bus is not None:
                    await self._bus.drained()
                if full := self._full.get((room.name, peer)):
                    await full.wait()
        return True

    def _tell(
        self, channel: str, kind: Kind, topic: str = "", peer: str = "", payload: bytes = b""
    ) -> bool:
        envelope = Envelope(kind, self.server, topic, peer, payload)
        if self._bus is not None and self._bus.publish(channel, envelope.encode()):
            return True
        self._hub.metrics.dropped("backplane")
        return False

    def _make_bus(self) -> RedisBus:
        return RedisBus(self._url, self.server, 3 * self._beat)

    async def _run(self, tried: asyncio.Event) -> None:
        attempt = 0
        while True:
            started = time.monotonic()
            bus = self._make_bus()
            try:
                await self._session(bus, tried)
            except* (*LOST, ProtocolError) as lost:
                _log.warning("The backplane is lost: %s", _why(lost))
            finally:
                self._bus = None
                self._hub.metrics.backplane.set(0)
                tried.set()
                with suppress(*LOST):
                    await bus.close()
            self._alone()
            attempt = 1 if time.monotonic() - started > _STEADY else attempt + 1
            await asyncio.sleep(self._backoff.pause(attempt))

    async def _session(self, bus: RedisBus, tried: asyncio.Event) -> None:
        await bus.connect(_SERVERS, self.server)
        await bus.keep_alive(())
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(bus))
            group.create_task(bus.write())
            await self._come_back(bus)
            self._bus = bus
            self._hub.metrics.backplane.set(1)
            self._say_joined()
            tried.set()
            group.create_task(self._keep_alive(bus))

    async def _listen(self, bus: RedisBus) -> None:
        async for data in bus.listen():
            try:
                envelope = decode_envelope(data)
            except ProtocolError as error:
                _log.warning("Another server is of another version: %s", error.message)
                continue
            self._seen[envelope.server] = time.monotonic()
            if envelope.server != self.server:
                self._take(envelope)

    async def _keep_alive(self, bus: RedisBus) -> None:
        self._seen[self.server] = time.monotonic()
        while True:
            self._tell(_SERVERS, "beat")
            await bus.keep_alive([room.name for room in self._hub.rooms.values() if room.members])
            await asyncio.sleep(self._beat)
            limit = time.monotonic() - 3 * self._beat
            for server in [one for one, seen in self._seen.items() if seen < limit]:
                if server == self.server:
                    raise TimeoutError("Redis does not bring this server's own messages.")
                self._forget(server)

    async def _come_back(self, bus: RedisBus) -> None:
        """Follows the rooms and claims the ids that are here; who lost an id hears so."""
        rooms = list(self._hub.rooms.values())
        if rooms:
            await bus.follow(_channel(room) for room in rooms)
        for room in rooms:
            for connection in list(room.members.values()):
                member = connection.joined[room.name]
                if not await bus.claim(room.name, member):
                    connection.refuse(TakenError("Somebody else is reached under this id."))
            self._learn(room, await bus.members(room.name))

    def _say_joined(self) -> None:
        for room in self._hub.rooms.values():
            for connection in list(room.members.values()):
                self.joined(room, connection.joined[room.name])
                self._hub.welcome(connection, room)

    def _learn(self, room: Room, members: dict[str, str]) -> None:
        for peer, server in members.items():
            if server != self.server:
                room.elsewhere[peer] = server
                self._seen.setdefault(server, time.monotonic())

    def _alone(self) -> None:
        """Nobody elsewhere is reached any more."""
        self._seen.clear()
        for room in list(self._hub.rooms.values()):
            for peer in list(room.elsewhere):
                self._lose(room, peer)

    def _forget(self, server: str) -> None:
        self._seen.pop(server, None)
        for room in list(self._hub.rooms.values()):
            for peer in [one for one, at in room.elsewhere.items() if at == server]:
                self._lose(room, peer)

    def _lose(self, room: Room, peer: str) -> None:
        del room.elsewhere[peer]
        if full := self._full.pop((room.name, peer), None):
            full.set()
        self._hub.say_gone(room, peer)

    def _take(self, envelope: Envelope) -> None:
        if envelope.kind == "bye":
            self._forget(envelope.server)
        room = self._hub.rooms.get(envelope.topic)
        if room is None:
            return
        match envelope.kind:
            case "publish":
                self._hub.deliver(room, envelope.payload.decode())
            case "signal" | "frame":
                self._hand_over(room, envelope)
            case "joined":
                self._arrived(room, envelope)
            case "gone" if room.elsewhere.get(envelope.peer) == envelope.server:
                self._lose(room, envelope.peer)
            case "full":
                self._full.setdefault((room.name, envelope.peer), asyncio.Event())
            case "free":
                if full := self._full.pop((room.name, envelope.peer), None):
                    full.set()

    def _hand_over(self, room: Room, envelope: Envelope) -> None:
        target = room.members.get(envelope.peer)
        if target is None:
            return
        if envelope.kind == "signal":
            target.send(envelope.payload.decode())
            return
        target.send(envelope.payload)
        if target.outbox.waiting > _HIGH and target not in self._slow:
            self._slow.add(target)
            self._spawn(self._hold(room, envelope, target))

    async def _hold(self, room: Room, envelope: Envelope, target: Connection) -> None:
        """Lets whoever sends to a slow reader wait."""
        self._tell(_channel(room), "full", room.name, envelope.peer)
        await target.drained()
        self._slow.discard(target)
        self._tell(_channel(room), "free", room.name, envelope.peer)

    def _arrived(self, room: Room, envelope: Envelope) -> None:
        room.elsewhere[envelope.peer] = envelope.server
        here = room.members.pop(envelope.peer, None)
        if here is not None:
            self._hub.metrics.members.dec()
            here.refuse(ReplacedError("The same peer came again elsewhere."))

    async def _unfollow(self, room: Room) -> None:
        with suppress(*LOST):
            if self._bus is not None and room.name not in self._hub.rooms:
                await self._bus.unfollow(_channel(room))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("The backplane failed", exc_info=error)


def _channel(room: Room) -> str:
    return f"topic:{room.name}"


def _why(lost: BaseExceptionGroup[Exception]) -> str:
    first = lost.exceptions[0]
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return f"{type(first).__name__}: {first}"[:200]

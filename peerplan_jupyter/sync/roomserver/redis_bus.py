"""Messages and ids that several servers share through Redis."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Any

from ...errors import InvalidInputError, NotFoundError
from .connection import Member

try:
    from redis import asyncio as redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError
except ImportError as error:
    raise NotFoundError(
        "A backplane needs the package redis, which is not installed.",
        hint="Install it with `pip install 'peerplan-jupyter[backplane]'`.",
    ) from error

PREFIX = "peerplan:room:"
LOST = (RedisError, OSError, TimeoutError)
"""What is raised when Redis is gone."""
_ROOM_SECONDS = 86_400
_MUCH, _TOO_MUCH = 1_000_000, 32_000_000
_ANSWER, _SILENCE = 3.0, 30.0
_CLAIM = """
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held then
  local server, proof = string.match(held, '^(%S+) (%S+)$')
  if proof ~= ARGV[3] and redis.call('EXISTS', ARGV[4] .. server) == 1 then return 0 end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1
"""
_RELEASE = """
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
"""


class RedisBus:
    """One server's connections to Redis, from `connect` until one of them is lost.

    A server that does not `keep_alive` within `lease` seconds counts as dead.
    What is sent goes out in order, over one connection. Methods raise `LOST`.
    """

    def __init__(self, url: str, server: str, lease: float) -> None:
        self._server, self._lease = server, lease
        self._listening, self._asking, self._sending = (_client(url) for _ in range(3))
        self._pubsub = self._listening.pubsub()
        self._queue: deque[tuple[Any, ...]] = deque()
        self._queued = 0
        self._wake, self._room, self._idle = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._room.set()
        self._idle.set()
        self._confirmed: dict[str, asyncio.Event] = {}
        self._changing = asyncio.Lock()

    async def connect(self, *channels: str) -> None:
        """Opens the connections, and follows channels from the first."""
        await self._sending.ping()
        await self._asking.ping()
        await self._pubsub.subscribe(*(PREFIX + one for one in channels))

    async def close(self) -> None:
        """Closes what is open."""
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        for client in (self._listening, self._asking, self._sending):
            await client.aclose()

    async def follow(self, channels: Iterable[str]) -> None:
        """Returns when what is published in channels arrives; `listen` must be running."""
        named = [PREFIX + one for one in channels]
        waits = [self._confirmed.setdefault(one, asyncio.Event()) for one in named]
        async with self._changing:
            await self._pubsub.subscribe(*named)
        async with asyncio.timeout(_ANSWER):
            for wait in waits:
                await wait.wait()

    async def unfollow(self, channel: str) -> None:
        """Wants nothing more of a channel."""
        async with self._changing:
            self._confirmed.pop(PREFIX + channel, None)
            await self._pubsub.unsubscribe(PREFIX + channel)

    async def listen(self) -> AsyncIterator[bytes]:
        """What others publish, and what this server does."""
        while True:
            message = await self._pubsub.get_message(timeout=self._lease)
            if message is None:
                continue
            if message["type"] == "subscribe":
                self._confirmed.setdefault(message["channel"].decode(), asyncio.Event()).set()
            elif message["type"] == "message":
                yield message["data"]

    def publish(self, channel: str, data: bytes) -> bool:
        """Sends soon; False if too much waits already."""
        if self._queued > _TOO_MUCH:
            return False
        self._put(("PUBLISH", PREFIX + channel, data), len(data))
        return True

    async def drained(self) -> None:
        """Returns when little waits to be sent."""
        await self._room.wait()

    async def flushed(self) -> None:
        """Returns when nothing waits to be sent."""
        await self._idle.wait()

    async def write(self) -> None:
        """Sends what was published, until a connection is lost."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._write_some()
            self._idle.set()

    async def claim(self, topic: str, member: Member) -> bool:
        """Takes an id, unless it is held with another proof by a server that lives."""
        arguments = (member.id, self._server, member.proof, f"{PREFIX}alive:", _ROOM_SECONDS)
        return bool(await self._asking.eval(_CLAIM, 1, _members(topic), *arguments))

    def release(self, topic: str, member: Member) -> None:
        """Gives an id back, in order with what is published."""
        held = f"{self._server} {member.proof}"
        self._put(("EVAL", _RELEASE, 1, _members(topic), member.id, held), 0)

    async def members(self, topic: str) -> dict[str, str]:
        """At which server each id is reached; ids of dead servers are left out."""
        held: dict[Any, Any] = await self._asking.hgetall(_members(topic))
        found = {peer.decode(): value.decode().partition(" ")[0] for peer, value in held.items()}
        servers = list(set(found.values()))
        alive = await self._asking.mget([f"{PREFIX}alive:{one}" for one in servers or ["-"]])
        living = {server for server, lease in zip(servers, alive, strict=False) if lease}
        return {peer: server for peer, server in found.items() if server in living}

    async def keep_alive(self, topics: Iterable[str]) -> None:
        """Renews the lease of this server, and its rooms'."""
        async with self._asking.pipeline(transaction=False) as pipeline:
            pipeline.set(f"{PREFIX}alive:{self._server}", 1, px=int(self._lease * 1000))
            for topic in topics:
                pipeline.expire(_members(topic), _ROOM_SECONDS)
            await pipeline.execute()

    async def die(self) -> None:
        """Gives the lease back."""
        await self._asking.delete(f"{PREFIX}alive:{self._server}")

    def _put(self, command: tuple[Any, ...], size: int) -> None:
        self._queue.append(command)
        self._idle.clear()
        self._queued += size
        if self._queued > _MUCH:
            self._room.clear()
        self._wake.set()

    async def _write_some(self) -> None:
        batch = [self._queue.popleft() for _ in range(min(len(self._queue), 128))]
        async with self._sending.pipeline(transaction=False) as pipeline:
            for command in batch:
                pipeline.execute_command(*command)
            await pipeline.execute()
        self._queued -= sum(len(one[2]) for one in batch if one[0] == "PUBLISH")
        if self._queued <= _MUCH:
            self._room.set()


def _client(url: str) -> redis.Redis:
    try:
        return redis.Redis.from_url(
            url,
            socket_timeout=_SILENCE,
            socket_connect_timeout=_ANSWER,
            retry=Retry(NoBackoff(), 0),  # a silent reconnect would lose messages
        )
    except ValueError as error:
        raise InvalidInputError(
            f"The address of the backplane is none of Redis: {error}",
            hint="For example redis://localhost:6379/0.",
        ) from None


def _members(topic: str) -> str:
    return f"{PREFIX}members:{topic}"

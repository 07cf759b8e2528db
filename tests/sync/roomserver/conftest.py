"""Room servers on sockets of this machine, and peers that speak to them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from peerplan_jupyter.sync.roomserver.hub import Hub
from peerplan_jupyter.sync.roomserver.server import RoomServer
from peerplan_jupyter.sync.transports.dialing import Backoff
from peerplan_jupyter.sync.transports.roomclient import RoomClient, RoomState

from ..conftest import eventually

QUICK = Backoff(first=0.01, most=0.05)


class Running:
    """A room server that listens."""

    def __init__(self, server: RoomServer, port: int) -> None:
        self.server, self.hub, self.port = server, server.hub, port
        self.url = f"ws://127.0.0.1:{port}/"
        self.http = f"http://127.0.0.1:{port}"


@asynccontextmanager
async def serving(
    hub: Hub | None = None, *, port: int = 0, **options: Any
) -> AsyncIterator[Running]:
    server = RoomServer(hub or Hub(), **options)
    running = Running(server, await server.start(port))
    try:
        yield running
    finally:
        await server.close()


class Stranger:
    """A bare socket that speaks the JSON of the protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def hear(self) -> Any:
        """The next message, bytes or JSON; the close code at the end."""
        async with asyncio.timeout(10):
            try:
                data = await self.socket.recv()
            except ConnectionClosed:
                return self.socket.close_code
        return data if isinstance(data, bytes) else json.loads(data)

    async def hear_rest(self) -> list[Any]:
        """Everything until the end, with the close code last."""
        heard = [await self.hear()]
        while not isinstance(heard[-1], int):
            heard.append(await self.hear())
        return heard

    async def synced(self) -> None:
        """Returns when the server has done all that was said."""
        await self.say("ping")
        assert await self.hear() == {"type": "pong"}

    async def subscribed(self, *topics: str) -> Stranger:
        await self.say("subscribe", topics=topics)
        await self.synced()
        return self

    async def joined(self, topic: str, peer: str, **fields: Any) -> Stranger:
        await self.say("join", topic=topic, id=peer, **fields)
        assert await self.hear() == {"type": "joined", "topic": topic, "iceServers": []}
        return self


@asynccontextmanager
async def strangers(url: str, count: int = 1, **options: Any) -> AsyncIterator[list[Stranger]]:
    """Bare sockets; `options` are those of websockets."""
    options = {"close_timeout": 1} | options
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(connect(url, **options)) for _ in range(count)]
        yield [Stranger(socket) for socket in sockets]


class Peer:
    """A `RoomClient` that remembers what it hears."""

    def __init__(self, servers: list[str], topic: str, peer: str, **options: Any) -> None:
        self.heard: list[tuple[str | None, str | bytes]] = []
        self.gone: list[str] = []
        self.states: list[RoomState] = []
        self.client = RoomClient(
            servers,
            topic,
            peer,
            on_signal=lambda data, sender: self.heard.append((sender, data)),
            on_frame=lambda sender, payload: self.heard.append((sender, payload)),
            on_gone=self.gone.append,
            on_state=self.states.append,
            **{"backoff": QUICK} | options,
        )

    @property
    def live(self) -> bool:
        return self.client.state.state == "live"


@asynccontextmanager
async def peers(servers: list[str] | str, *names: str, topic: str = "room", **options: Any) -> Any:
    """Peers that are live while the block runs, unless `wait` is False."""
    wait = options.pop("wait", True)
    servers = [servers] if isinstance(servers, str) else servers
    made = [Peer(servers, topic, name, **options) for name in names]
    running = [asyncio.ensure_future(one.client.run()) for one in made]
    try:
        if wait:
            await eventually(lambda: all(one.live for one in made))
        yield made
    finally:
        for one in made:
            one.client.close()
        async with asyncio.timeout(10):
            await asyncio.gather(*running)

"""A room server that lies: a real one, and somebody between it and its peers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from peerplan_jupyter.sync.roomserver.relay_frames import decode_names, encode_names

from ..roomserver.conftest import serving

Said = dict[str, Any] | bytes
"""A message of the server, read if it is JSON."""


class Liar:
    """Passes everything on, but what `lie` makes of a message that goes to a peer."""

    def __init__(self, server: str) -> None:
        self.lie: Callable[[Said], list[Said]] = lambda said: [said]
        self.lag = 0.0
        """Seconds for each message to a peer."""
        self.url = ""
        self.ids: set[str] = set()
        """Who joined."""
        self.heard: list[Said] = []
        """All signals and frames that ever passed."""
        self.told = 0
        """Lies."""
        self._server = server
        self._peers: set[ServerConnection] = set()

    async def serve(self, peer: ServerConnection) -> None:
        self._peers.add(peer)
        async with connect(self._server) as server:
            up = asyncio.ensure_future(self._up(peer, server))
            try:
                async for message in server:
                    await self._down(peer, message)
            except ConnectionClosed:
                pass
            finally:
                self._peers.discard(peer)
                up.cancel()

    async def say(self, *said: Said) -> None:
        """Makes something up, for everybody who has not had enough of it."""
        for peer in list(self._peers):
            with suppress(ConnectionClosed):
                for one in said:
                    self.told += 1
                    await peer.send(one if isinstance(one, bytes) else json.dumps(one))

    async def _up(self, peer: ServerConnection, server: Any) -> None:
        try:
            async for message in peer:
                if isinstance(message, str) and '"join"' in message:
                    self.ids.add(json.loads(message)["id"])
                await server.send(message)
        except ConnectionClosed:
            pass
        await server.close()

    async def _down(self, peer: ServerConnection, message: str | bytes) -> None:
        said = json.loads(message) if isinstance(message, str) else message
        if isinstance(said, bytes) or said["type"] == "publish":
            self.heard.append(said)
        lies = self.lie(said)
        self.told += lies != [said]
        await asyncio.sleep(self.lag)
        for one in lies:
            await peer.send(one if isinstance(one, bytes) else json.dumps(one))


@asynccontextmanager
async def lying() -> AsyncIterator[Liar]:
    async with serving(origins=["*"]) as real:
        liar = Liar(real.url)
        async with serve(liar.serve, "127.0.0.1", 0, max_size=None) as server:
            [socket] = server.sockets
            liar.url = f"ws://127.0.0.1:{socket.getsockname()[1]}/"
            yield liar


def sender_of(frame: bytes) -> str:
    return decode_names(frame)[1]


def sent_by(frame: bytes, sender: str) -> bytes:
    """The frame as if another peer had sent it."""
    topic, _, start = decode_names(frame)
    return encode_names(topic, sender) + frame[start:]

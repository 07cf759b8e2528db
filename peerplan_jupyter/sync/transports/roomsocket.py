"""One open socket to a room server: what is said on it, both ways."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ...errors import ProtocolError
from ..roomserver.relay_frames import decode_names, encode_names

_MUCH = 131_072
_LAST = 0.5


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is called with what comes."""

    on_signal: Callable[[str, str | None], None]
    on_frame: Callable[[str, bytes], None]
    on_gone: Callable[[str], None]
    on_joined: Callable[[list[dict[str, Any]]], None]


class RoomSocket:
    """Speaks for one peer in one room. Ends with the socket, with `close`, or when drained."""

    def __init__(self, socket: ClientConnection, topic: str, peer: str, hearing: Hearing) -> None:
        self._socket, self._topic, self._peer, self._hearing = socket, topic, peer, hearing
        self._queue: deque[str | bytes] = deque()
        self._queued = 0
        self._wake, self._room, self._sent = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._room.set()
        self._said = ""
        self.drained = False
        self.heard = False
        """Set when anything comes."""

    def join(self, secret: str) -> None:
        """Subscribes, and asks to be reached under this peer's id."""
        self.say({"type": "subscribe", "topics": [self._topic]})
        self.say({"type": "join", "topic": self._topic, "id": self._peer, "secret": secret})

    def say(self, message: dict[str, Any]) -> None:
        """Sends a message after what waits."""
        self._put(json.dumps(message, separators=(",", ":")))

    async def send_frame(self, to: str, payload: bytes) -> None:
        """Sends a frame after what waits, and returns when less waits."""
        self._put(encode_names(self._topic, to) + payload)
        await self._room.wait()

    async def run(self) -> str:
        """Carries messages until the end; why it ended. Raises `ProtocolError`."""
        writing = asyncio.create_task(self._write())
        try:
            await self._read()
        except ConnectionClosed:
            pass
        finally:
            writing.cancel()
            self._room.set()
            await asyncio.wait([writing])
        return self._said or self._socket.close_reason or "The server closed the connection."

    async def give_up(self, why: str) -> None:
        """Ends `run`, which says why."""
        self._said = why
        await self._socket.close()

    async def close(self) -> None:
        """Ends `run`, after what waits and a closing handshake."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST):
                await self._sent.wait()
        await self._socket.close()

    def _put(self, data: str | bytes) -> None:
        self._queue.append(data)
        self._queued += len(data)
        self._sent.clear()
        self._wake.set()
        if self._queued > _MUCH:
            self._room.clear()

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                data = self._queue.popleft()
                try:
                    await self._socket.send(data)
                except ConnectionClosed:
                    return
                self._queued -= len(data)
                if self._queued <= _MUCH:
                    self._room.set()
            self._sent.set()

    async def _read(self) -> None:
        while not self.drained:
            data = await self._socket.recv()
            self.heard = True
            if isinstance(data, bytes):
                self._frame(data)
            else:
                self._message(_parsed(data))

    def _frame(self, data: bytes) -> None:
        topic, sender, start = decode_names(data)
        if topic == self._topic:
            self._hearing.on_frame(sender, data[start:])

    def _message(self, message: dict[str, Any]) -> None:
        """What is not of the room, or is not known, is for others."""
        kind, here = message.get("type"), message.get("topic") == self._topic
        if kind == "publish" and here:
            data, sender = message.get("data"), message.get("from")
            if isinstance(data, str) and sender != self._peer:
                self._hearing.on_signal(data, sender if isinstance(sender, str) else None)
        elif kind == "joined" and here:
            self._hearing.on_joined(_ice_servers(message))
        elif kind == "gone" and here and isinstance(message.get("id"), str):
            self._hearing.on_gone(message["id"])
        elif kind == "ping":
            self.say({"type": "pong"})
        elif kind == "error":
            self._said = f"{message.get('code')}: {message.get('message')}"[:300]
        elif kind == "drain":
            self._said, self.drained = "The server stops.", True


def _parsed(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError("The room server sent what is not JSON.") from None
    if not isinstance(message, dict):
        raise ProtocolError("The room server sent what is not a JSON object.")
    return message


def _ice_servers(message: dict[str, Any]) -> list[dict[str, Any]]:
    servers = message.get("iceServers")
    if not isinstance(servers, list):
        return []
    return [one for one in servers if isinstance(one, dict)]

"""Connection: one socket, held to its limits, and what it may ask of the hub."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from ...errors import ForbiddenError, PeerPlanError, TooLargeError
from ..limits import TokenBucket
from . import messages
from .outbox import Outbox
from .relay_frames import encode_name

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room

POLICY, TOO_BIG, TRY_AGAIN = 1008, 1009, 1013
_CLOSE_CODES = {"too_large": TOO_BIG, "crowded": TRY_AGAIN}


class Socket(Protocol):
    """What is used of a WebSocket handler."""

    def write_message(self, message: Any, binary: bool = False) -> Awaitable[None]:
        """Sends, and is done when the message went into the socket."""

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Begins the closing handshake."""

    def cut(self) -> None:
        """Ends the TCP connection now, with whatever waits to be sent."""


class Member:
    """Under which id a connection is reached in a room."""

    __slots__ = ("id", "prefix", "proof")

    def __init__(self, peer: str, secret: str | None) -> None:
        self.id = peer
        self.prefix = encode_name(peer)
        self.proof = sha256((secret or os.urandom(32).hex()).encode()).hexdigest()


class Connection:
    """Reads what a socket says. A stranger may only enter rooms that admit strangers."""

    def __init__(self, hub: Hub, socket: Socket, *, stranger: bool = False) -> None:
        self._hub, self._socket, self._limits = hub, socket, hub.limits
        self.stranger = stranger
        self.rooms: dict[str, Room] = {}
        self.joined: dict[str, Member] = {}
        self.opened = time.monotonic()
        self.open = True
        self.outbox = Outbox(socket.write_message, self._limits.outbox, hub.total)
        limits = self._limits
        self._messages = TokenBucket(
            limits.messages_per_second, limits.message_burst, time.monotonic
        )
        self._bytes = TokenBucket(limits.bytes_per_second, limits.byte_burst, time.monotonic)
        self._pings = TokenBucket(limits.pings_per_second, limits.ping_burst, time.monotonic)

    async def message(self, message: str | bytes) -> None:
        """Takes a message in; returns when the next may be read, so that TCP holds senders."""
        try:
            await self._pause(max(self._messages.spend(), self._bytes.spend(len(message))))
            if not self.open:
                return
            if isinstance(message, bytes):
                self._check_size(len(message), self._limits.binary, "frame")
                await self._hub.relay(self, message)
            else:
                await self._text(message)
        except PeerPlanError as error:
            self.refuse(error)

    def control(self) -> None:
        """Takes note of a ping or pong frame, which are cheap but not free."""
        if not self._pings.take() and self.open:
            self.refuse(ForbiddenError("Too many pings."))

    def send(self, message: str | bytes) -> None:
        """Sends after what waits; cuts the connection off if too much does."""
        if self.open and not self.outbox.put(message):
            self.cut()

    async def drained(self) -> None:
        """Waits for a slow reader for a while, then cuts it off."""
        if not await self.outbox.drained(self._limits.patience):
            self.cut()

    def refuse(self, error: PeerPlanError) -> None:
        """Says why, and closes."""
        self._hub.metrics.refused(error.code)
        self.send(
            messages.write({"type": "error", "code": error.code, "message": error.message[:200]})
        )
        self.close(_CLOSE_CODES.get(error.code, POLICY), error.code)

    def close(self, code: int, reason: str) -> None:
        """Closes the socket; nothing more is taken from it or sent to it."""
        if self.open:
            self.closed()
            self._socket.close(code, reason)

    def cut(self) -> None:
        """Ends the connection with somebody who does not read."""
        if self.open:
            self._hub.metrics.refused("slow")
            self.closed()
            self._socket.cut()

    def closed(self) -> None:
        """Takes note that the socket is closed."""
        if self.open:
            self.open = False
            self.outbox.release()
            self._hub.leave(self)

    async def _pause(self, seconds: float) -> None:
        if seconds > 0 and self.open:
            self._hub.metrics.throttled.inc(seconds)
            await asyncio.sleep(seconds)

    async def _text(self, text: str) -> None:
        limit = self._limits.text
        if len(text) * 4 > limit:
            self._check_size(len(text.encode()), limit, "message")
        said = messages.parse(text, self._limits)
        hub = self._hub
        match said:
            case messages.Subscribe():
                for topic in said.topics:
                    if self.open:  # others may close it while this one waits
                        await hub.subscribe(self, topic)
            case messages.Unsubscribe():
                for topic in said.topics:
                    hub.unsubscribe(self, topic)
            case messages.Publish():
                reached = hub.publish(self, said)
                await self._pause(self._bytes.spend(len(text) * max(0, reached - 1)))
            case messages.Join():
                await hub.join(self, said)
            case messages.Ping():
                self.send('{"type":"pong"}')

    def _check_size(self, size: int, limit: int, what: str) -> None:
        if size > limit:
            raise TooLargeError(f"A {what} of {size} bytes; {limit} are allowed.")

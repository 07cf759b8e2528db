"""A link between two peers through a room server, which sees sealed bytes; see `docs/mesh.md`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from ...errors import ProtocolError, TooLargeError
from ...plan.ids import is_ulid
from ..connection import Message
from ..sealing import Direction, seal, unseal
from .channel import FRAME_BYTES, Path

SendFrame: TypeAlias = Callable[[bytes], Awaitable[None]]
"""Sends a relayed frame to the other peer; `ConnectionError` while no room server is there."""
MAX_WAITING = 8_000_000
"""Bytes that may wait to be read; a peer that sends more faster than it is read is cut off."""
MAX_EARLY = 8
"""Keyed frames that may come before the hello was read that they follow."""
_OPENING, _KEYED = b"\x00", b"\x01"
_ATTEMPT = 26


class RelayLink:
    """A `PairLink` made of relayed frames.

    What comes is given to `take`. Until `secure` its frames are sealed under the room's `hello`
    key, which every member has; after it under keys that only these two peers have.
    """

    path: Path = "relay"
    binding = b""

    def __init__(
        self, room: str, me: str, other: str, attempt: str, hello_key: bytes, send: SendFrame
    ) -> None:
        self.attempt, self.offered = attempt, me > other
        self._send_frame, self._hello_key = send, hello_key
        self._sent_aad = "|".join((room, me, other, attempt)).encode()
        self._heard_aad = "|".join((room, other, me, attempt)).encode()
        self._keys: tuple[Direction, Direction] | None = None
        self._keyed = False
        self._early: list[bytes] = []
        self._opening: set[bytes] = set()
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._order = asyncio.Lock()
        self.control = _RelayChannel(self._send, 0)
        self.bulk = _RelayChannel(self._send, 2)

    def secure(self, sending: Direction, receiving: Direction) -> None:
        """From now on send by `sending`; what comes may be sealed for `receiving`."""
        if self._keys is None:
            self._keys = sending, receiving
            early, self._early = self._early, []
            for payload in early:
                self.take(payload)

    def take(self, payload: bytes) -> None:
        """A relayed frame of this attempt came; one that cannot be opened ends the link."""
        if self._ended.done():
            return
        if payload[:1] == _KEYED and self._keys is None and len(self._early) < MAX_EARLY:
            self._early.append(payload)
            return
        if payload in self._opening:  # a room server may say again what it heard
            return
        try:
            self._hand_over(self._opened(payload))
        except ProtocolError as error:
            self.close(error.message)

    async def wait_closed(self) -> str:
        """See `PairLink`."""
        return await asyncio.shield(self._ended)

    def close(self, reason: str = "") -> None:
        """See `PairLink`. The other end hears of it by a signal, or by silence."""
        if not self._ended.done():
            self._ended.set_result(reason or "This peer closed the link.")
            self.control.close()
            self.bulk.close()

    def _opened(self, payload: bytes) -> bytes:
        kind, sealed = payload[:1], payload[1 + _ATTEMPT :]
        if kind == _KEYED and self._keys is not None:
            self._keyed = True
            return self._keys[1].unseal(sealed)
        if kind == _OPENING and not self._keyed:
            self._opening.add(payload)
            return unseal(self._hello_key, sealed, self._heard_aad)
        raise ProtocolError("A relayed frame came out of turn.")

    def _hand_over(self, plain: bytes) -> None:
        if not plain or plain[0] > 3 or len(plain) > FRAME_BYTES + 1:
            raise ProtocolError("A relayed frame is for no channel, or too long.")
        channel = self.control if plain[0] < 2 else self.bulk
        try:
            message = plain[1:] if plain[0] % 2 else plain[1:].decode()
        except UnicodeDecodeError:
            raise ProtocolError("A relayed text is not UTF-8.") from None
        if not channel.put(message):
            raise ProtocolError("The other peer sends faster than this one reads.")

    async def _send(self, kind: int, data: bytes) -> None:
        """Seals and sends in one order, since the keyed frames are counted."""
        async with self._order:
            if self._ended.done():
                raise ConnectionResetError("The link is closed.")
            plain, attempt = bytes((kind,)) + data, self.attempt.encode()
            if self._keys is not None:
                await self._send_frame(_KEYED + attempt + self._keys[0].seal(plain))
            else:
                sealed = seal(self._hello_key, plain, self._sent_aad)
                await self._send_frame(_OPENING + attempt + sealed)


class _RelayChannel:
    def __init__(self, send: Callable[[int, bytes], Awaitable[None]], kind: int) -> None:
        self._send, self._kind = send, kind
        self._inbox: asyncio.Queue[Message | None] = asyncio.Queue()
        self._waiting = 0
        self._closed = False

    async def send(self, message: Message) -> None:
        """See `Channel`."""
        data = message.encode() if isinstance(message, str) else message
        if len(data) > FRAME_BYTES:
            raise TooLargeError(f"A message has {len(data)} bytes; {FRAME_BYTES} are allowed.")
        if self._closed:
            raise ConnectionResetError("The channel is closed.")
        await self._send(self._kind + isinstance(message, bytes), data)

    async def receive(self) -> Message | None:
        """See `Channel`."""
        message = await self._inbox.get()
        if message is None:
            self._inbox.put_nowait(None)
            return None
        self._waiting -= len(message)
        return message

    def put(self, message: Message) -> bool:
        """Takes what came; False if too much waits to be read."""
        self._waiting += len(message)
        if self._closed or self._waiting > MAX_WAITING:
            return self._closed
        self._inbox.put_nowait(message)
        return True

    def close(self) -> None:
        """See `Channel`."""
        if not self._closed:
            self._closed = True
            self._inbox.put_nowait(None)


def attempt_of(payload: bytes) -> str:
    """Which attempt a relayed frame belongs to; `ProtocolError` if it says none."""
    named = payload[1 : 1 + _ATTEMPT].decode("ascii", "replace")
    if len(payload) <= 1 + _ATTEMPT or not is_ulid(named):
        raise ProtocolError("A relayed frame names no attempt.")
    return named

"""A guest who proves who it is, and then says what it likes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.plan.schema import Actor
from peerplan_jupyter.sync.codec import decode, encode
from peerplan_jupyter.sync.frames import Crdt, DocUpdate, JoinRequest
from peerplan_jupyter.sync.handshake import Handshake, Ticket
from peerplan_jupyter.sync.introduction import Introduction
from peerplan_jupyter.sync.invitation import Invitation
from peerplan_jupyter.sync.keys import derive, did_of
from peerplan_jupyter.sync.mesh.greeting import greet
from peerplan_jupyter.sync.mesh.signals import Signal, sealed, unsealed
from peerplan_jupyter.sync.transports.relay import RelayLink, attempt_of
from peerplan_jupyter.sync.transports.roomclient import RoomClient


class Person:
    """An identity, of which a hostile guest may have any number."""

    def __init__(self, name: str = "Eve", kind: Any = "human") -> None:
        self.key = Ed25519PrivateKey.generate()
        self.actor = Actor(id=did_of(self.key), name=name, kind=kind)


class Attacker:
    """Links, one after the other, to one peer of a room, through its room server."""

    def __init__(self, url: str) -> None:
        self.invitation = Invitation.parse(url)
        self.me, self.plan = new_id(), self.invitation.grant.plan
        self.target = ""
        """The peer that is attacked: the first that is heard of."""
        secret = self.invitation.secret
        self.secret, self.room = secret, secret.room
        self._signal_key = derive(secret.key, secret.room, "signal")
        self._hello_key = derive(secret.key, secret.room, "hello")
        self._link: RelayLink | None = None
        self._client = RoomClient(
            self.invitation.servers, secret.room, self.me,
            on_signal=self._heard, on_frame=self._framed,
        )  # fmt: skip

    async def live(self, target: str) -> None:
        """Runs until it is cancelled."""
        self.target = target
        await self._client.run()

    def say(self, signal: Signal) -> None:
        self._client.publish(sealed(signal, self.room, self._signal_key), signal.to)

    async def link(self, person: Person) -> RelayLink:
        """A link after a good handshake; raises `ForbiddenError` where that is refused."""
        while not self._client.state.relays:
            await asyncio.sleep(0.005)
        attempt = new_id()
        self.say(Signal("announce", self.me, role="viewer"))
        self.say(Signal("relay", self.me, self.target, attempt))
        self._link = link = self.raw(attempt)
        ticket = Ticket(self.secret, self.plan, person.actor, person.key, self.invitation)
        async with asyncio.timeout(10):
            await greet(link, Handshake(ticket, self.me, self.target))
        return link

    def raw(self, attempt: str) -> RelayLink:
        async def send(payload: bytes) -> None:
            await self._client.send_frame(self.target, payload)

        return RelayLink(self.room, self.me, self.target, attempt, self._hello_key, send)

    def close(self) -> None:
        self._client.close()

    def _heard(self, data: str, _: str | None) -> None:
        unsealed(data, self.room, self._signal_key)

    def _framed(self, sender: str, payload: bytes) -> None:
        link = self._link
        if sender == self.target and link is not None and attempt_of(payload) == link.attempt:
            link.take(payload)


@asynccontextmanager
async def attacking(url: str, target: str) -> AsyncIterator[Attacker]:
    attacker = Attacker(url)
    running = asyncio.ensure_future(attacker.live(target))
    try:
        yield attacker
    finally:
        attacker.close()
        await running


async def joined(attacker: Attacker, link: RelayLink, version: bytes = b"\x00") -> None:
    """Enters both rooms."""
    said = Introduction(peer=attacker.me).encode()
    for crdt in (Crdt.LORO, Crdt.EPHEMERAL):
        seen = version if crdt is Crdt.LORO else b""
        await link.control.send(encode(JoinRequest(crdt, attacker.plan, said, seen)))


def update(plan: str, blob: bytes, batch: bytes = b"\x01" * 8, crdt: Crdt = Crdt.LORO) -> bytes:
    return encode(DocUpdate(crdt, plan, (blob,), batch))


async def answers(link: RelayLink, seconds: float = 5) -> list[Any]:
    """What comes until the link ends, or for that long: frames, and texts as they are."""
    heard: list[Any] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (message := await link.control.receive()) is not None:
                heard.append(decode(message) if isinstance(message, bytes) else message)
    return heard


async def hears(link: RelayLink, wanted: Callable[[Any], Any], seconds: float = 10) -> Any:
    """The first message for which something holds."""
    async with asyncio.timeout(seconds):
        while (message := await link.control.receive()) is not None:
            frame = decode(message) if isinstance(message, bytes) else message
            if wanted(frame):
                return frame
    raise AssertionError("The link ended before it came.")

"""Mesh: the room of one plan, as one of its peers lives in it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...errors import ForbiddenError, NotFoundError, ProtocolError, UnreachableError
from ...plan.schema import Actor
from ..connection import GONE, Connection, Ending
from ..events import Event, Joined, Role
from ..frames import Crdt
from ..handshake import Handshake, Member
from ..introduction import Introduction, Terms
from ..invitation import MemberRole
from ..keys import derive
from ..limits import Limits
from ..room import Room
from ..session import Session
from ..transports.channel import PairLink, Path
from ..transports.relay import RelayLink, attempt_of
from ..transports.roomclient import Headers, RoomClient, RoomState
from ..transports.webrtc.backend import BackendName, Settings
from .bulk import Bulk, Find
from .dialling import Dialled, ice_servers
from .greeting import greet
from .member_ports import MemberPorts, Watch
from .pair import PATIENCE, DirectAttempt, Pair
from .roster import bond
from .signals import Signal, sealed, unsealed
from .standing import Standing

LIMITS = Limits(fragment=15_000, fragments=8192, burst=10_000, keepalive=5.0, silence=15.0)
"""What links between peers add to the protocol's own: small frames, and a heart that beats."""
MAX_KNOWN = 500
"""Peers of a room that are remembered."""
_LOOK = 1.0
_FAREWELL = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Paths:
    """Which ways to other peers are taken."""

    direct: bool = True
    turn_only: bool = False
    """Whether direct links go through TURN servers only, so that nobody learns this address."""
    patience: float = PATIENCE
    """Seconds without an open channel after which the relay is taken."""
    backend: BackendName = "aiortc"
    headers: Headers = lambda _: {}
    """What to show the room server of an address, such as a token."""


@dataclass(frozen=True, slots=True)
class MemberState:
    """Another peer of the room."""

    peer: str
    identity: Actor | None
    """None before the handshake."""
    role: MemberRole
    path: Path | None
    """None while there is no link."""
    trouble: str
    """Why there is no direct one."""


class Mesh:
    """Meets the other peers of a room, keeps the plan equal with each over the best path there is,
    and lets each change only what its role allows. `run` lasts until `close`.

    Used on the thread of the documents. `changed` is called when `state` or `members` differ.
    """

    def __init__(
        self,
        standing: Standing,
        room: Room,
        me: str,
        watch: Watch,
        *,
        paths: Paths | None = None,
        find: Find = lambda _: None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.standing, self.room, self.me = standing, room, me
        self.warnings: list[str] = []
        """What the user should know about the paths: a TURN server that refused, for example."""
        self.refusal: ForbiddenError | None = None
        """Why the last handshake failed that did, on this side or the other."""
        self._watch, self._tell = watch, changed
        self._paths = paths or Paths()
        secret = standing.ticket.secret
        self._signal_key = derive(secret.key, secret.room, "signal")
        self._hello_key = derive(secret.key, secret.room, "hello")
        self._roster: dict[str, MemberRole] = {me: standing.role}
        self._pairs: dict[str, Pair] = {}
        self._endings: set[asyncio.Future[None]] = set()
        self._find = find
        self._bulks: dict[PairLink, Bulk] = {}
        self._closing = asyncio.Event()
        self._client = RoomClient(
            standing.servers, secret.room, me,
            on_signal=self._signalled, on_frame=self._framed, on_gone=self._gone,
            on_state=self._moved, headers=self._paths.headers,
        )  # fmt: skip

    @property
    def state(self) -> RoomState:
        """How this peer stands with the room servers."""
        return self._client.state

    @property
    def members(self) -> list[MemberState]:
        """The other peers, oldest first."""
        return [self._member(pair) for _, pair in sorted(self._pairs.items())]

    async def run(self) -> None:
        """Live in the room; leaves it at the end."""
        client = asyncio.ensure_future(self._client.run())
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            while not self._closing.is_set():
                await asyncio.wait(
                    {client, closing}, timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED
                )
                if client.done():
                    client.result()
                    return
                self._look_after()
        finally:
            closing.cancel()
            self.say(Signal("leave", self.me))
            await self._leave([client, closing])

    def take(self, paths: Paths) -> None:
        """Takes other paths from now on; tries at once for whom there is no direct link."""
        self._paths = paths
        for pair in self._pairs.values():
            pair.hurry()

    def cut(self) -> None:
        """Closes every link, as when the network changed; they are made anew at once."""
        for pair in self._pairs.values():
            pair.cut()

    def close(self) -> None:
        """Ends `run`."""
        self._closing.set()

    def say(self, signal: Signal) -> None:
        """See `Surroundings`."""
        self._client.publish(sealed(signal, self.standing.room, self._signal_key), signal.to)

    def attempt(self, offers: bool, say: Callable[[dict[str, Any]], None]) -> DirectAttempt | None:
        """See `Surroundings`."""
        if not self._paths.direct:
            return None
        given = [*self.standing.ice, *self._client.ice_servers]
        servers = ice_servers(given, self._warn)
        settings = Settings(servers, self._paths.backend, self._paths.turn_only)
        return Dialled(offers, say, self._warn, settings)

    def relay(self, other: str, attempt: str) -> RelayLink:
        """See `Surroundings`."""

        async def send(payload: bytes) -> None:
            await self._client.send_frame(other, payload)

        return RelayLink(self.standing.room, self.me, other, attempt, self._hello_key, send)

    async def greet(self, link: PairLink, other: str) -> Member:
        """See `Surroundings`."""
        ticket, revoked = self.standing.ticket, self._watch.revoked
        return await greet(link, Handshake(ticket, self.me, other, link.binding, revoked=revoked))

    def carry(self, pair: Pair, link: PairLink, member: Member) -> Coroutine[Any, Any, None]:
        """See `Surroundings`."""
        self._bulks[link] = Bulk(link.bulk, self._find, offers=pair.offers)
        return self._carry(pair, link, member)

    async def _carry(self, pair: Pair, link: PairLink, member: Member) -> None:
        ports = MemberPorts(self.room, member, self.standing.role, self.me, self._watch)
        connection = Connection(
            Role.REQUESTER if pair.offers else Role.RECEIVER,
            self._terms(),
            open_room=self._open_room,
            listen=self._happened,
            port_of=ports.port,
        )
        if pair.offers:
            connection.join(self.room, self._sessions(ports))
        ending = await self._carried(link, connection)
        if ending.code != GONE.code:
            pair.trouble = ending.reason
        if ports.overstepped:
            self._put_out(pair, ending.reason)

    async def fetch(self, hash: str) -> AsyncIterator[bytes]:  # noqa: A002
        """The bytes of an artifact from whoever has them, in pieces, not verified.

        When a peer ends in the middle another goes on. `NotFoundError` if nobody who is here can
        give it.
        """
        got = 0
        for bulk in list(self._bulks.values()):
            with suppress(NotFoundError, UnreachableError, ConnectionError):
                async for piece in bulk.fetch(hash, got):
                    got += len(piece)
                    yield piece
                return
        raise NotFoundError("Nobody who is here now can give this artifact.")

    def refused(self, error: ForbiddenError) -> None:
        """See `Surroundings`."""
        self.refusal = error

    def changed(self) -> None:
        """See `Surroundings`."""
        self._tell()

    async def _carried(self, link: PairLink, connection: Connection) -> Ending:
        giving = asyncio.ensure_future(self._bulks[link].run())
        closed = asyncio.ensure_future(link.wait_closed())
        for task in (giving, closed):
            task.add_done_callback(lambda _: connection.close("The link is closed."))
        try:
            return await connection.run(link.control.receive, link.control.send)
        finally:
            del self._bulks[link]
            for task in (giving, closed):
                task.cancel()
            await asyncio.gather(giving, closed, return_exceptions=True)

    def _sessions(self, ports: MemberPorts) -> list[Session]:
        return [
            Session(
                self.room.name,
                ports.port(self.room, crdt),
                Role.REQUESTER,
                self._terms(),
                crdt=crdt,
            )
            for crdt in (Crdt.LORO, Crdt.EPHEMERAL)
        ]

    def _terms(self) -> Terms:
        actor = self.standing.ticket.actor
        introduction = Introduction(identity=actor.to_wire(), peer=self.me)
        return Terms(admit=lambda _room, _who: "write", introduction=introduction, limits=LIMITS)

    def _open_room(self, name: str) -> Room:
        if name != self.room.name:
            raise NotFoundError("This link is about another plan.")
        return self.room

    def _happened(self, session: Session, event: Event) -> None:
        if isinstance(event, Joined) and session.ephemeral:
            for said in self.room.presence.again():
                self.room.show(said)

    def _put_out(self, pair: Pair, reason: str) -> None:
        _log.warning("The peer %s was put out: %s", pair.other, reason)
        pair.trouble = reason
        pair.over.set()

    def _signalled(self, data: str, _: str | None) -> None:
        try:
            signal = unsealed(data, self.standing.room, self._signal_key)
        except ProtocolError as error:
            _log.debug("A signal was not for this room: %s", error)
            return
        if signal.sender == self.me or signal.to not in {None, self.me}:
            return
        if signal.type == "leave":
            self._left(signal.sender)
        elif signal.type == "announce":
            self._announced(signal)
        elif pair := self._meet(signal.sender):
            pair.signal(signal)

    def _announced(self, signal: Signal) -> None:
        if signal.sender not in self._roster and len(self._roster) >= MAX_KNOWN:
            return
        self._roster[signal.sender] = signal.role
        pair = self._meet(signal.sender)
        if signal.to is None and (pair is None or pair.link is None):
            self._announce(signal.sender)
        if pair is not None:
            pair.absent = False
            pair.hurry()

    def _announce(self, to: str | None = None) -> None:
        self.say(Signal("announce", self.me, to, role=self.standing.role))

    def _meet(self, other: str) -> Pair | None:
        """The pair with a peer that this one is to be linked with."""
        known = self._pairs.get(other)
        if known is not None and not known.over.is_set():
            return known
        if known is not None:
            self._end(known)
        how = bond(self.me, other, {other: "viewer", **self._roster})
        if how is None:
            return None
        self._pairs[other] = pair = Pair(
            self, other, direct=how == "direct", patience=self._paths.patience
        )
        pair.start()
        self._tell()
        return pair

    def _framed(self, sender: str, payload: bytes) -> None:
        """Frames come from anybody who knows the room's id; only members announce themselves."""
        pair = self._meet(sender) if sender in self._roster and sender != self.me else None
        if pair is not None:
            with suppress(ProtocolError):
                pair.frame(attempt_of(payload), payload)

    def _left(self, peer: str) -> None:
        """Any member can say this in another's name, so that it ends no link by itself."""
        if peer in self._pairs:
            self._pairs[peer].absent = True
        else:
            self._roster.pop(peer, None)

    def _forget(self, pair: Pair) -> None:
        """Have no more to do with a peer until it announces itself again."""
        self._roster.pop(pair.other, None)
        self._end(pair)

    def _end(self, pair: Pair) -> None:
        del self._pairs[pair.other]
        closing = asyncio.ensure_future(pair.close(pair.trouble or "The other peer is gone."))
        self._endings.add(closing)
        closing.add_done_callback(self._endings.discard)
        self._tell()

    def _gone(self, peer: str) -> None:
        """A peer's socket is closed; a direct link to it may live on."""
        if pair := self._pairs.get(peer):
            pair.lose_relay("The other peer lost its room server.")
        else:
            self._roster.pop(peer, None)

    def _moved(self, state: RoomState) -> None:
        """Who is still there announces itself, or answers."""
        if state.state == "live":
            self._announce()
        else:
            for pair in self._pairs.values():
                pair.lose_relay("The room server was lost.")
        self._tell()

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)
            self._tell()

    def _look_after(self) -> None:
        """Do what is due: forget who is gone, put out who may not be here any more, meet others."""
        now, live = time.time(), self.state.state == "live"
        for pair in list(self._pairs.values()):
            member = pair.member
            if member and (
                (member.invitation and self._watch.revoked(member.invitation))
                or (member.expires and member.expires <= now)
            ):
                self._put_out(pair, "Its invitation is not valid any more.")
            if pair.over.is_set() or (pair.absent and pair.link is None and live):
                self._forget(pair)
        for other in list(self._roster):
            if other != self.me:
                self._meet(other)

    async def _leave(self, tasks: list[asyncio.Future[Any]]) -> None:
        for pair in list(self._pairs.values()):
            self._forget(pair)
        await asyncio.gather(*self._endings)
        self._client.close()
        await asyncio.wait(tasks, timeout=_FAREWELL)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _member(self, pair: Pair) -> MemberState:
        member = pair.member
        role = member.role if member else self._roster.get(pair.other, "viewer")
        identity = member.identity if member else None
        return MemberState(pair.other, identity, role, pair.path, pair.trouble)

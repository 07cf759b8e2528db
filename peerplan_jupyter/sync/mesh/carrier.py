"""Carrying a plan, who is here and what is attached over links to members."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ...errors import ForbiddenError, NotFoundError, ProtocolError
from ..connection import Connection, Ending
from ..deflated import DEFLATE, deflated
from ..events import Closed, Event, Joined, Role
from ..frames import Crdt, Permission
from ..handshake import Member
from ..introduction import Introduction, Terms
from ..limits import Clock, Limits
from ..ports import NO_VERSION
from ..room import Room
from ..session import Session
from ..transports.channel import PairLink
from .artifacts import Artifacts
from .bulk import Bulk, Find
from .member_ports import MemberPorts, Watch
from .standing import Standing

LIMITS = Limits(fragment=15_000, fragments=8192, burst=10_000, keepalive=5.0, silence=15.0)
"""What links between peers add to the protocol's own: small frames, and a heart that beats."""
_FAREWELL = 2.0
_BREACHES = {1002, 1008}
"""Codes with which a connection ends whose other peer broke the protocol."""


@dataclass(frozen=True, slots=True)
class Parting:
    """Why a link carries nothing any more."""

    reason: str
    breach: bool = False
    """Whether the other peer broke the protocol, or the rules of its role."""
    overstepped: bool = False
    """Whether it was the rules of its role."""
    refused: bool = False
    """Whether the other peer put this one out."""


@dataclass(slots=True)
class _Carried:
    connection: Connection
    bulk: Bulk
    ports: MemberPorts
    member: Member
    left: Callable[[], None]
    refused: str = ""
    dismissed: bool = False

    def parting(self, ending: Ending) -> Parting:
        if self.refused or self.dismissed:
            return Parting(self.refused or ending.reason, refused=bool(self.refused))
        breach = ending.code in _BREACHES or self.ports.overstepped
        return Parting(ending.reason, breach=breach, overstepped=self.ports.overstepped)


class Carrier:
    """Keeps everything equal over every link that it is given. On the thread of the documents."""

    def __init__(
        self, standing: Standing, room: Room, me: str, watch: Watch, find: Find, clock: Clock
    ) -> None:
        self._standing, self._room, self._me = standing, room, me
        self._watch, self._find, self._clock = watch, find, clock
        self._carried: dict[PairLink, _Carried] = {}
        self.artifacts = Artifacts(self._sources)

    async def carry(
        self, link: PairLink, member: Member, *, offers: bool, left: Callable[[], None]
    ) -> Parting:
        """Lasts until all is read that came before the link was closed, or until one of the two
        ends what goes over it. The link itself is left to the caller. `left` is called when the
        other peer says that it goes.
        """
        carried = self._carried[link] = self._made(link, member, offers, left)
        connection = carried.connection
        if offers:
            connection.join(self._room, self._sessions(carried))
        giving = asyncio.ensure_future(_given(carried))
        try:
            ending = await connection.run(link.control.receive, link.control.send)
            return carried.parting(ending)
        finally:
            del self._carried[link]
            giving.cancel()
            await asyncio.gather(giving, return_exceptions=True)

    async def leave(self, reason: str) -> None:
        """Says goodbye on every link; returns when that is said, in two seconds at most."""
        for carried in self._carried.values():
            carried.connection.goodbye(reason)
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                while self._carried:
                    await asyncio.sleep(0.01)

    def prepare(self) -> None:
        """Writes out and deflates what goes to a peer that has nothing yet; the last two such are
        kept, see `deflated`.
        """
        whole = self._room.document.updates_since(NO_VERSION)
        if len(whole) > LIMITS.fragment:
            asyncio.get_running_loop().run_in_executor(None, deflated, whole)

    def put_out(self, link: PairLink, reason: str) -> None:
        """Ends what goes over a link, and tells the other peer why."""
        if carried := self._carried.get(link):
            carried.dismissed = True
            carried.connection.put_out(reason)

    def probe(self, link: PairLink) -> None:
        """Asks whether the other end of a link is still there."""
        if carried := self._carried.get(link):
            carried.connection.probe()

    @property
    def owners(self) -> list[Connection]:
        """The connections with owners of the plan, but for other processes of this user."""
        me = self._standing.ticket.actor.id
        carried = self._carried.values()
        strangers = [one for one in carried if one.member.identity.id != me]
        return [one.connection for one in strangers if one.member.role == "owner"]

    def _sources(self) -> list[Bulk]:
        """Direct links first, and owners before others."""

        def far(one: tuple[PairLink, _Carried]) -> tuple[bool, bool]:
            return one[0].path == "relay", one[1].member.role != "owner"

        return [carried.bulk for _, carried in sorted(self._carried.items(), key=far)]

    def _made(
        self, link: PairLink, member: Member, offers: bool, left: Callable[[], None]
    ) -> _Carried:
        ports = MemberPorts(self._room, member, self._standing.role, self._me, self._watch)
        role = Role.REQUESTER if offers else Role.RECEIVER
        connection = Connection(
            role,
            self._terms(member),
            open_room=self._open_room,
            listen=lambda session, event: self._happened(carried, session, event),
            port_of=ports.port,
        )
        bulk = Bulk(link.bulk, self._find, offers=offers)
        carried = _Carried(connection, bulk, ports, member, left)
        return carried

    def _sessions(self, carried: _Carried) -> list[Session]:
        terms, port = self._terms(carried.member), carried.ports.port
        return [
            Session(self._room.name, port(self._room, crdt), Role.REQUESTER, terms, crdt=crdt)
            for crdt in (Crdt.LORO, Crdt.EPHEMERAL)
        ]

    def _terms(self, member: Member) -> Terms:
        actor = self._standing.ticket.actor

        def admit(_: str, said: Introduction) -> Permission:
            if said.peer != member.peer:
                raise ForbiddenError("The peer introduces itself under another id than its own.")
            return "write"

        return Terms(
            admit=admit,
            introduction=Introduction(actor.to_wire(), self._me, features=(DEFLATE,)),
            limits=LIMITS,
            clock=self._clock,
        )

    def _open_room(self, name: str) -> Room:
        if name != self._room.name:
            raise NotFoundError("This link is about another plan.")
        return self._room

    def _happened(self, carried: _Carried, session: Session, event: Event) -> None:
        if isinstance(event, Joined) and session.ephemeral:
            for said in self._room.presence.again():
                self._room.show(said)
        if not isinstance(event, Closed):
            return
        if event.refused and not session.ephemeral:
            carried.refused = event.reason
            carried.connection.close(event.reason)
        elif not carried.connection.sessions:
            if event.left:
                carried.left()
            carried.connection.close(event.reason)


async def _given(carried: _Carried) -> None:
    """Gives artifacts for as long as the link is there."""
    try:
        await carried.bulk.run()
    except ProtocolError as error:
        carried.connection.close(error.message, 1002)

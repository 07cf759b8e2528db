"""Mesh: the room of one plan, as one of its peers lives in it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import ForbiddenError, ProtocolError
from ...plan.schema import Actor
from ..handshake import REFUSED_BY_OWNER, Handshake, Member
from ..invitation import MemberRole
from ..keys import derive
from ..limits import Clock, TokenBucket
from ..room import Room
from ..transports.channel import PairLink, Path
from ..transports.relay import RelayLink
from ..transports.roomclient import Headers, RoomClient, RoomState
from ..transports.webrtc.backend import BackendName, Settings
from .artifacts import Artifacts
from .bulk import Find
from .by_hand import HandAnswer, HandKeys, HandOffer, answer_by_hand, offer_by_hand
from .carrier import Carrier
from .dialling import Dialled, ice_servers
from .gathering import Gathering
from .greeting import greet
from .member_ports import Watch
from .pair import PATIENCE, Pair
from .signals import Signal, sealed, unsealed
from .standing import Standing
from .surroundings import DirectAttempt

ANSWERS = 4.0, 60.0
"""Offers that are answered: for each second, and at once. Each costs a connection of its own, and
who was put out still has the key to make them."""
_LOOK = 1.0
_REFUSALS = 20
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
    look_back: float = 60.0
    """Seconds between two looks for an earlier room server than the one that was reached."""
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
    invitation: str | None = None
    """The `did:key` of the invitation it came by; None for owners, and before the handshake."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """A text for another person; theirs, when it came back, links the two."""

    _offer: HandOffer
    _gathering: Gathering

    @property
    def text(self) -> str:
        """What they paste or scan."""
        return self._offer.text

    async def answered(self, text: str) -> None:
        """Take the text that came back; returns when the two are linked.

        Raises as `HandOffer.answered`, and `ForbiddenError` when one does not let the other in.
        """
        await self._gathering.adopt(*await self._offer.answered(text))


@dataclass(frozen=True, slots=True)
class Answer:
    """The text that answers another person's; the two are linked once they took it."""

    _made: HandAnswer
    _gathering: Gathering

    @property
    def text(self) -> str:
        """What they paste or scan."""
        return self._made.text

    async def linked(self) -> None:
        """Returns when the two are linked.

        Raises as `HandAnswer.linked`, and `ForbiddenError` when one does not let the other in.
        """
        await self._gathering.adopt(*await self._made.linked())


class Mesh:
    """Meets the other peers of a room, keeps the plan equal with each over the best path there is,
    and lets each change only what its role allows. `run` lasts until `close`.

    Used on the thread of the documents. `changed` is called when `state` or `members` differ.
    """

    def __init__(  # noqa: PLR0913
        self,
        standing: Standing,
        room: Room,
        me: str,
        watch: Watch,
        *,
        paths: Paths | None = None,
        find: Find = lambda _: None,
        changed: Callable[[], None] = lambda: None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.standing, self.room, self.me = standing, room, me
        self.warnings: list[str] = []
        """What the user should know about the paths: a TURN server that refused, for example."""
        self._refusals: dict[str, ForbiddenError] = {}
        self._watch, self._tell = watch, changed
        self._paths = paths or Paths()
        secret = standing.ticket.secret
        self._signal_key = derive(secret.key, secret.room, "signal")
        self._hello_key = derive(secret.key, secret.room, "hello")
        self._answers = TokenBucket(*ANSWERS, clock)
        self._carrier = Carrier(standing, room, me, watch, find, clock)
        self._gathering = Gathering(self)
        self._by_hand: HandOffer | HandAnswer | None = None
        self._closing = asyncio.Event()
        self._client = RoomClient(
            standing.servers, secret.room, me,
            on_signal=self._signalled, on_frame=self._gathering.framed,
            on_gone=self._gathering.gone, on_state=self._moved, headers=self._paths.headers,
            look_back=self._paths.look_back,
        )  # fmt: skip

    @property
    def state(self) -> RoomState:
        """How this peer stands with the room servers."""
        return self._client.state

    @property
    def refusal(self) -> ForbiddenError | None:
        """Why the last peer that did refused this one, or was refused; until an owner is linked."""
        return next(reversed(self._refusals.values()), None)

    @property
    def revoked(self) -> bool:
        """Whether the room's owner, proved, refused this peer because its invitation was taken
        back; until an owner is linked.
        """
        said = [(one.data.get("by"), one.data.get("reason")) for one in self._refusals.values()]
        return (REFUSED_BY_OWNER, "revoked") in said

    @property
    def live(self) -> bool:
        """See `Host`."""
        return self.state.state == "live"

    @property
    def role(self) -> MemberRole:
        """See `Host`."""
        return self.standing.role

    @property
    def patience(self) -> float:
        """See `Host`."""
        return self._paths.patience

    @property
    def members(self) -> list[MemberState]:
        """The other peers, oldest first."""
        return [self._member(pair) for pair in self._gathering.pairs]

    @property
    def owner_is_here(self) -> bool:
        """Whether another person who owns the plan is linked."""
        return bool(self._carrier.owners)

    @property
    def owner_has_all(self) -> bool:
        """Whether one of them has acknowledged everything that is to be sent."""
        return any(connection.settled for connection in self._carrier.owners)

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
                self._gathering.look_after()
        finally:
            closing.cancel()
            await self._leave([client, closing])

    def take(self, paths: Paths) -> None:
        """Takes other paths from now on; tries at once for whom there is no direct link."""
        self._paths = paths
        for pair in self._gathering.pairs:
            pair.hurry()

    def call(self) -> None:
        """Announces this peer to all others, as it does by itself when it comes."""
        self._gathering.call()

    async def introduce(self) -> Introduction:
        """Begins an introduction by hand, with no server, in place of one that is not over.
        Raises as `offer_by_hand`.
        """
        self._give_up_by_hand()
        self._by_hand = made = await offer_by_hand(
            self.me, self._hand_keys, self._settings, self._warn
        )
        return Introduction(made, self._gathering)

    async def answer(self, text: str) -> Answer:
        """Answers an introduction of another person, in place of one that is not over. Raises as
        `answer_by_hand`.
        """
        made = await answer_by_hand(text, self.me, self._hand_keys, self._settings, self._warn)
        self._give_up_by_hand()
        self._by_hand = made
        return Answer(made, self._gathering)

    def cut(self) -> None:
        """Closes every link, as when the network changed; they are made anew at once."""
        for pair in self._gathering.pairs:
            pair.cut()

    def close(self) -> None:
        """Ends `run`."""
        self._closing.set()

    @property
    def artifacts(self) -> Artifacts:
        """What the other peers have of the plan's evidence."""
        return self._carrier.artifacts

    def say(self, signal: Signal) -> None:
        """See `Surroundings`. Whatever else somebody says who leaves would mean coming back."""
        if self._closing.is_set() and signal.type != "leave":
            return
        self._client.publish(sealed(signal, self.standing.room, self._signal_key), signal.to)

    def ask(self, pair: Pair) -> None:
        """See `Surroundings`."""
        self._gathering.call(pair.other)

    def attempt(self, offers: bool, say: Callable[[dict[str, Any]], None]) -> DirectAttempt | None:
        """See `Surroundings`."""
        if not self._paths.direct or not (offers or self._answers.take()):
            return None
        return Dialled(offers, say, self._warn, self._settings)

    def relay(self, other: str, attempt: str) -> RelayLink:
        """See `Surroundings`."""
        late = self._closing.is_set()

        async def send(payload: bytes) -> None:
            if late:
                raise ConnectionResetError("This peer leaves.")
            await self._client.send_frame(other, payload)

        return RelayLink(self.standing.room, self.me, other, attempt, self._hello_key, send)

    async def greet(self, link: PairLink, other: str) -> Member:
        """See `Surroundings`."""
        handshake = Handshake(
            self.standing.ticket, self.me, other, link.binding,
            revoked=self._watch.revoked, barred=self._watch.barred.why,
        )  # fmt: skip
        return await greet(link, handshake)

    async def carry(self, pair: Pair, link: PairLink, member: Member) -> None:
        """See `Surroundings`."""
        self._refusals.pop(pair.other, None)
        if member.role == "owner":
            self._refusals.clear()
        parting = await self._carrier.carry(
            link, member, offers=link.offered, left=lambda: pair.leaves(link)
        )
        if parting.refused:
            self.refused(pair, ForbiddenError(parting.reason, reason="evicted"))
        if parting.breach:
            _log.warning("The peer %s was put out: %s", pair.other, parting.reason)
            pair.trouble = parting.reason
            self._watch.barred.note(member, parting.reason, overstepped=parting.overstepped)

    def probe(self, link: PairLink) -> None:
        """See `Host`."""
        self._carrier.probe(link)

    def put_out(self, link: PairLink, reason: str) -> None:
        """See `Host`."""
        self._carrier.put_out(link, reason)

    def met(self) -> None:
        """See `Host`. Owners send everything to who comes: it is written out while the link is
        made.
        """
        if self.role == "owner":
            asyncio.get_running_loop().call_soon(self._carrier.prepare)

    def ended(self, member: Member) -> str:
        """See `Host`."""
        if member.invitation and self._watch.revoked(member.invitation):
            return "The invitation was taken back."
        late = bool(member.expires) and member.expires <= time.time()
        return "The invitation has expired." if late else ""

    def refused(self, pair: Pair, error: ForbiddenError) -> None:
        """See `Surroundings`."""
        self._refusals.pop(pair.other, None)
        self._refusals[pair.other] = error
        while len(self._refusals) > _REFUSALS:
            del self._refusals[next(iter(self._refusals))]

    def changed(self) -> None:
        """See `Surroundings`."""
        self._tell()

    @property
    def _settings(self) -> Settings:
        given = [*self.standing.ice, *self._client.ice_servers]
        servers = ice_servers(given, self._warn)
        return Settings(servers, self._paths.backend, self._paths.turn_only)

    def _signalled(self, data: str, _: str | None) -> None:
        try:
            signal = unsealed(data, self.standing.room, self._signal_key)
        except ProtocolError as error:
            _log.debug("A signal was not for this room: %s", error)
        else:
            self._gathering.heard(signal)

    def _moved(self, _: RoomState) -> None:
        self._gathering.moved()
        self._tell()

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)
            self._tell()

    @property
    def _hand_keys(self) -> HandKeys:
        return HandKeys(self.standing.room, self._signal_key)

    def _give_up_by_hand(self) -> None:
        if self._by_hand is not None:
            self._by_hand.close()

    async def _leave(self, tasks: list[asyncio.Future[Any]]) -> None:
        self._give_up_by_hand()
        self._closing.set()
        await self._carrier.leave("This peer leaves.")
        self.say(Signal("leave", self.me))
        await self._gathering.close()
        self._client.close()
        await asyncio.wait(tasks, timeout=_FAREWELL)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _member(self, pair: Pair) -> MemberState:
        member, role = pair.member, self._gathering.role(pair)
        identity, invitation = (member.identity, member.invitation) if member else (None, None)
        return MemberState(pair.other, identity, role, pair.path, pair.trouble, invitation)

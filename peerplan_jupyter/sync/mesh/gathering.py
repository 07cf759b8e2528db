"""The other peers of a room: who was heard of, and the pair with each that is to be linked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from ...errors import ForbiddenError, ProtocolError, UnreachableError
from ..handshake import Member
from ..invitation import MemberRole
from ..transports.channel import PairLink
from ..transports.relay import attempt_of
from .pair import Pair
from .roster import bond
from .signals import Signal
from .surroundings import Surroundings

MAX_KNOWN = 500
"""Peers of a room that are remembered."""
PATIENT_LOOKS = 90
"""Looks, one a second, after which a peer without a link and without a word is forgotten."""
GONE_LOOKS = 15
"""Looks after which one without a link is forgotten that a room server does not reach."""
ASK = 15
"""Looks between two requests for a link, by the side that does not make it: one may be lost."""
COOL = 20
"""Looks after which who was refused is tried again, the first time."""
CALL = 120
"""Looks between two words to everybody, while somebody is not linked. Not all room servers say
again who is there."""


class Host(Surroundings, Protocol):
    """What a gathering asks of the mesh that it is in."""

    @property
    def role(self) -> MemberRole:
        """The role of this peer."""

    @property
    def patience(self) -> float:
        """See `Pair`."""

    @property
    def live(self) -> bool:
        """Whether a room server is there."""

    def met(self) -> None:
        """Takes note that somebody is there who may be linked soon."""

    def ended(self, member: Member) -> str:
        """Why a member's right to be here is over; empty while it is not."""

    def probe(self, link: PairLink) -> None:
        """Asks whether the other end of a link is still there."""

    def put_out(self, link: PairLink, reason: str) -> None:
        """Ends what goes over a link, and tells the other peer why."""


class Gathering:
    """Given the signals and frames that came to a mesh, and looked after once a second."""

    def __init__(self, host: Host) -> None:
        self._host, self._me = host, host.me
        self._roster: dict[str, MemberRole] = {self._me: host.role}
        self._pairs: dict[str, Pair] = {}
        self._endings: set[asyncio.Future[None]] = set()
        self._looks = 0
        self._refused: dict[str, tuple[int, int]] = {}
        """At which look those who were refused are tried again, and how often they were."""

    @property
    def pairs(self) -> list[Pair]:
        """Those that are linked or about to be, oldest first."""
        return [pair for _, pair in sorted(self._pairs.items())]

    def role(self, pair: Pair) -> MemberRole:
        """The role of another peer: as it claims, until it is proved."""
        return pair.member.role if pair.member else self._roster.get(pair.other, "viewer")

    def heard(self, signal: Signal) -> None:
        """Takes what another peer said."""
        if signal.sender == self._me or signal.to not in {None, self._me}:
            return
        if signal.type == "leave":
            self._left(signal.sender)
        elif signal.type == "announce":
            self._announced(signal)
        elif self._note(signal.sender) and (pair := self._meet(signal.sender)):
            pair.signal(signal)

    def framed(self, sender: str, payload: bytes) -> None:
        """Frames come from anybody who knows the room's id; only members announce themselves."""
        pair = self._meet(sender) if sender in self._roster and sender != self._me else None
        if pair is not None:
            with suppress(ProtocolError):
                pair.frame(attempt_of(payload), payload)

    def gone(self, peer: str) -> None:
        """A peer's socket is closed; a direct link to it may live on, and it may come again. A
        server that shares rooms with others may also not have heard of it yet.
        """
        if pair := self._pairs.get(peer):
            pair.lose_relay("The other peer lost its room server.")
            pair.lonely = max(pair.lonely, PATIENT_LOOKS - GONE_LOOKS)
        else:
            self._drop(peer)

    def moved(self) -> None:
        """The room server is another, or away: who is still there announces itself, or answers."""
        if self._host.live:
            self.call()
            for pair in self._pairs.values():
                pair.hurry()
        else:
            for pair in self._pairs.values():
                pair.lose_relay("The room server was lost.")

    def call(self, to: str | None = None) -> None:
        """Announces this peer."""
        self._host.say(Signal("announce", self._me, to, role=self._host.role))

    def look_after(self) -> None:
        """Does what is due: puts out who may not be here any more, forgets who is gone, meets
        others.
        """
        self._looks += 1
        for pair in list(self._pairs.values()):
            if pair.member and pair.link and (why := self._host.ended(pair.member)):
                pair.trouble = why
                self._host.put_out(pair.link, why)
            gone = pair.absent or (self._host.live and pair.lonely >= PATIENT_LOOKS)
            pair.lonely = 0 if pair.link else pair.lonely + 1
            if not pair.offers and pair.lonely % ASK == ASK - 1:
                self._host.ask(pair)
            if pair.over.is_set() or (pair.link is None and gone):
                self._forget(pair)
        self._meet_all(list(self._roster))
        if self._looks % CALL == 0 and not all(pair.link for pair in self._pairs.values()):
            self.call()

    async def adopt(self, other: str, link: PairLink) -> None:
        """Takes a link to a peer that was introduced otherwise than by a room server.

        Raises `ForbiddenError` when one of the two does not let the other in, and
        `UnreachableError` when the link ends before both are known.
        """
        self._note(other)
        known = self._pairs.get(other)
        pair = self._pairs[other] = known or Pair(self._host, other)
        if not await pair.use(link):
            if pair.refused:
                raise ForbiddenError(pair.trouble)
            raise UnreachableError(pair.trouble or "The other peer did not say who it is in time.")
        if known is None:
            ending = asyncio.ensure_future(_over_with(pair, link))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    async def close(self) -> None:
        """Ends every link, and meets nobody any more."""
        for pair in list(self._pairs.values()):
            self._forget(pair)
        await asyncio.gather(*self._endings)

    def _note(self, peer: str, role: MemberRole | None = None) -> bool:
        """Remembers a peer, in place of one that is not linked if need be; False if it cannot."""
        known = self._roster.pop(peer, None)
        if known is None and len(self._roster) >= MAX_KNOWN:
            idle = next((one for one in self._roster if self._is_idle(one)), None)
            if idle is None:
                return False
            self._drop(idle)
        self._roster[peer] = role or known or "viewer"
        return True

    def _is_due(self, peer: str) -> bool:
        return self._refused.get(peer, (0, 0))[0] <= self._looks

    def _is_idle(self, peer: str) -> bool:
        return peer != self._me and peer not in self._pairs

    def _announced(self, signal: Signal) -> None:
        self._end_if_over(signal.sender)
        if not self._note(signal.sender, signal.role):
            return
        if signal.sender in self._refused:
            self._refused[signal.sender] = 0, self._refused[signal.sender][1]
        pair = self._meet(signal.sender)
        if signal.to is None and (pair is None or pair.link is None):
            self.call(signal.sender)
        if pair is None:
            return
        # Who has no link any more asks the offerer for one; this side may not have noticed yet.
        if pair.link is not None and signal.to is not None:
            self._host.probe(pair.link)
        pair.announced(to_all=signal.to is None)

    def _meet_all(self, others: Iterable[str]) -> None:
        for other in others:
            if other != self._me:
                self._meet(other)

    def _meet(self, other: str) -> Pair | None:
        """The pair with a peer that this one is to be linked with; None for one that was refused a
        moment ago, so that two do not go on refusing each other.
        """
        self._end_if_over(other)
        if other in self._pairs:
            return self._pairs[other]
        how = bond(self._me, other, self._roster) if self._is_due(other) else None
        if how is None:
            return None
        patience = self._host.patience
        self._pairs[other] = pair = Pair(
            self._host, other, direct=how == "direct", patience=patience
        )
        pair.start()
        self._host.met()
        self._host.changed()
        return pair

    def _end_if_over(self, peer: str) -> None:
        """Make way for a new pair with a peer of which more was heard."""
        pair = self._pairs.get(peer)
        if pair is not None and pair.over.is_set():
            role = self._roster[peer]
            self._forget(pair)
            self._note(peer, role)

    def _left(self, peer: str) -> None:
        """Any member can say this in another's name, so that it ends no link by itself."""
        pair = self._pairs.get(peer)
        if pair is None:
            self._drop(peer)
            return
        pair.absent = True
        if pair.link is not None:
            self._host.probe(pair.link)

    def _forget(self, pair: Pair) -> None:
        """Have no more to do with a peer until it announces itself again, or, where one refused
        the other, for a while: what was refused may have been a lie of the room server.
        """
        if pair.refused:
            tries = self._refused.get(pair.other, (0, 0))[1]
            self._refused[pair.other] = self._looks + COOL * 2 ** min(tries, 5), tries + 1
        else:
            self._drop(pair.other)
        self._end(pair)

    def _drop(self, peer: str) -> None:
        if peer != self._me:
            self._roster.pop(peer, None)
            self._refused.pop(peer, None)

    def _end(self, pair: Pair) -> None:
        del self._pairs[pair.other]
        closing = asyncio.ensure_future(pair.close(pair.trouble or "The other peer is gone."))
        self._endings.add(closing)
        closing.add_done_callback(self._endings.discard)
        self._host.changed()


async def _over_with(pair: Pair, link: PairLink) -> None:
    """Nobody makes the link anew; both may be met at a room server, as others are."""
    await link.wait_closed()
    if pair.link in {None, link}:
        pair.over.set()

"""What becomes of the link with a peer when somebody else says something in that peer's name."""

from __future__ import annotations

import asyncio
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peerplan_jupyter.errors import ForbiddenError
from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.plan.schema import Actor
from peerplan_jupyter.sync.handshake import Member
from peerplan_jupyter.sync.keys import did_of
from peerplan_jupyter.sync.mesh.mesh import Paths
from peerplan_jupyter.sync.mesh.pair import STEADY, Pair
from peerplan_jupyter.sync.mesh.signals import Signal
from peerplan_jupyter.sync.roomserver.relay_frames import encode_names
from peerplan_jupyter.sync.transports.webrtc import Settings, offer

from ..conftest import eventually
from .conftest import RELAYED, Gathering, Peer, gathering
from .liar import lying


class Link:
    """A link that carries nothing."""

    path, binding, offered = "direct", b"", False
    control: Any = None
    bulk: Any = None

    def __init__(self, greeted: Member | ForbiddenError) -> None:
        self.greeted = greeted
        self._closed = asyncio.get_running_loop().create_future()

    async def wait_closed(self) -> str:
        return await asyncio.shield(self._closed)

    @property
    def why(self) -> str:
        return self._closed.result() if self._closed.done() else ""

    def close(self, reason: str = "") -> None:
        if not self._closed.done():
            self._closed.set_result(reason)


class Surroundings:
    """A mesh in which the handshake over a link ends as a test says."""

    me = new_id()

    async def greet(self, link: Any, _: str) -> Member:
        if isinstance(link.greeted, ForbiddenError):
            raise link.greeted
        return link.greeted

    async def carry(self, _pair: Pair, link: Any, _member: Member) -> None:
        await link.wait_closed()

    def refused(self, pair: Pair, error: ForbiddenError) -> None:
        pass

    def changed(self) -> None:
        pass

    def ask(self, pair: Pair) -> None:
        pass


def member(peer: str, name: str) -> Member:
    identity = Actor(id=did_of(Ed25519PrivateKey.generate()), name=name, kind="human")
    return Member(peer, identity, "reviewer", None, 0)


def test_only_the_same_person_takes_the_place_of_who_is_here() -> None:
    async def play() -> None:
        other = new_id()
        pair: Any = Pair(Surroundings(), other)  # type: ignore[arg-type]
        bob = member(other, "Bob")
        first, eve, liar, second = (
            Link(bob),
            Link(member(other, "Eve")),
            Link(ForbiddenError("The proof does not hold.")),
            Link(bob),
        )
        assert await pair.use(first)
        await eventually(lambda: pair.link is first)
        assert not await pair.use(eve)
        assert not await pair.use(liar)
        assert "Somebody else" in eve.why
        assert liar.why
        assert (pair.link, pair.trouble, pair.over.is_set()) == (first, "", False)
        assert await pair.use(second)
        await eventually(lambda: pair.link is second and first.why)
        await pair.close("The test is over.")

    asyncio.run(play())


FAR = "7" + "Z" * 25
"""An attempt that is newer than all others, if its name counts."""


async def forged(eve: Peer, bob: Peer, ada: Peer, attempt: str) -> None:
    """Offers a link to Ada in Bob's name."""
    said: list[dict[str, Any]] = []
    link = await offer(said.append, settings=Settings())
    await eventually(lambda: any(one["type"] == "offer" for one in said))
    sdp = next(one["sdp"] for one in said if one["type"] == "offer")
    eve.mesh.say(Signal("offer", bob.me, ada.me, attempt, sdp=sdp))
    link.close()
    await link.wait_closed()


def pair_with(peer: Peer, other: Peer) -> Any:
    pairs = peer.mesh._gathering.pairs
    return next(pair for pair in pairs if pair.other == other.me)


async def met(room: Gathering, *names: str, paths: Paths | None = None) -> list[Peer]:
    peers = [
        await room.enter(name, "owner" if name == "Ada" else "reviewer", paths) for name in names
    ]
    wanted = ["relay" if paths == RELAYED else "direct"] * (len(peers) - 1)
    await eventually(lambda: all(one.paths == wanted for one in peers))
    return peers


async def anew(ends: list[Any], links: list[Any]) -> None:
    """Who offers loses its link; both have another soon."""
    ends[1]._since -= STEADY
    ends[1].cut()
    await eventually(lambda: all(end.link not in {None, *links} for end in ends))


def test_an_offer_in_anothers_name_does_not_end_its_link_nor_keep_out_its_own() -> None:
    async def play() -> None:
        async with gathering() as room:
            ada, bob, eve = await met(room, "Ada", "Bob", "Eve")
            ends = [pair_with(ada, bob), pair_with(bob, ada)]
            links = [end.link for end in ends]
            for attempt in (new_id(), FAR):
                await forged(eve, bob, ada, attempt)
                await eventually(lambda: ends[0]._trying.get(attempt))  # noqa: B023
            bob.put("still", "here")
            await eventually(lambda: "still" in ada.port.values)
            assert [end.link for end in ends] == links
            assert [link.reason for link in links] == [None, None]
            await anew(ends, links)

    asyncio.run(play())


def test_a_relayed_link_that_somebody_makes_up_ends_none_and_keeps_out_none() -> None:
    async def play() -> None:
        async with lying() as liar, gathering() as room:
            room.servers = (liar.url,)
            ada, bob, eve = await met(room, "Ada", "Bob", "Eve", paths=RELAYED)
            ends = [pair_with(ada, bob), pair_with(bob, ada)]
            links = [end.link for end in ends]
            eve.mesh.say(Signal("relay", bob.me, ada.me, FAR))
            made_up = FAR[:-1] + "Y"
            frame = b"\x00" + made_up.encode() + bytes(60)
            await liar.say(encode_names(room.secret.room, bob.me) + frame)
            await eventually(lambda: not ends[0]._relays.is_new(FAR))
            await eventually(lambda: not ends[0]._relays.is_new(made_up))
            bob.put("still", "here")
            await eventually(lambda: "still" in ada.port.values)
            assert [end.link for end in ends] == links
            await anew(ends, links)

    asyncio.run(play())

"""Peers of a room keep one plan equal, whatever lies between them."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from peerplan_jupyter.errors import NotFoundError
from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.sync.deflated import deflated
from peerplan_jupyter.sync.mesh import gathering as gathering_module
from peerplan_jupyter.sync.mesh.mesh import Paths
from peerplan_jupyter.sync.mesh.pair import STEADY, Pair
from peerplan_jupyter.sync.mesh.signals import Signal
from peerplan_jupyter.sync.refusals import OversteppedError
from peerplan_jupyter.sync.transports.roomclient import RoomClient

from ..conftest import eventually
from ..webrtc.conftest import require
from .conftest import RELAYED, Peer, gathering, reason
from .test_bulk import hash_of


@pytest.mark.parametrize(
    "paths", [Paths(), RELAYED, Paths(backend="wrtc")], ids=["direct", "relay", "wrtc"]
)
def test_two_peers_are_equal_after_each_wrote(paths: Paths) -> None:
    require(paths.backend)

    async def play() -> None:
        async with gathering() as room:
            ada = await room.enter("Ada", paths=paths)
            ada.put("before", "anybody came")
            ben = await room.enter("Ben", "reviewer", paths=paths)
            await eventually(lambda: "before" in ben.port.values)
            ben.put("answer", "yes")
            await eventually(lambda: "answer" in ada.port.values)
            assert ada.port.values == ben.port.values
            assert ada.paths == ben.paths == ["direct" if paths.direct else "relay"]
            assert [one.identity and one.identity.name for one in ada.mesh.members] == ["Ben"]
            assert [one.role for one in ada.mesh.members] == ["reviewer"]
            await eventually(lambda: set(ada.room.presence.states().values()) == {"Ada", "Ben"})

    asyncio.run(play())


def test_what_an_owner_has_is_deflated_while_the_link_to_who_comes_is_made() -> None:
    async def play() -> None:
        async with gathering() as room:
            ada = await room.enter("Ada")
            ada.put("much", "x" * 100_000)
            deflated.cache_clear()
            ben = await room.enter("Ben", "reviewer")
            await eventually(lambda: "much" in ben.port.values)
            assert deflated.cache_info().misses == 1
            assert deflated.cache_info().hits >= 1

    asyncio.run(play())


def test_a_peer_that_leaves_is_forgotten_with_its_presence() -> None:
    async def play() -> None:
        async with gathering() as room:
            ada, ben = await room.enter("Ada"), await room.enter("Ben", "viewer")
            await eventually(lambda: len(ada.room.presence.states()) == 2)
            ben.mesh.close()
            await eventually(lambda: not ada.mesh.members)
            assert list(ada.room.presence.states().values()) == ["Ada"]

    asyncio.run(play())


def held_up(peer: Peer) -> asyncio.Event:
    """Lets a peer read nothing more over the links it has, until that is set."""
    [carried], free = peer.mesh._carrier._carried.values(), asyncio.Event()
    settle = carried.connection._settle

    async def slow() -> None:
        await free.wait()
        await settle()

    carried.connection._settle = slow  # type: ignore[method-assign]
    return free


@pytest.mark.parametrize("offers", ["who stays", "who comes back"])
def test_who_came_back_before_the_farewell_was_read_is_linked_again(offers: str) -> None:
    async def play() -> None:
        async with gathering() as room:
            first, second = await room.enter("Ada"), await room.enter("Ben")
            ada, ben = (second, first) if offers == "who stays" else (first, second)
            await eventually(lambda: ada.paths == ben.paths == ["direct"])
            pair = ada.mesh._gathering.pairs[0]
            free, old, back = held_up(ada), pair.link, asyncio.Event()
            announced = pair.announced

            def note(*, to_all: bool = False) -> None:
                announced(to_all=to_all)
                back.set()

            pair.announced = note  # type: ignore[method-assign]
            pair._since -= STEADY
            ben.put("held", "up")
            ben.come_back()
            await asyncio.wait_for(back.wait(), 30)
            assert not pair.absent
            free.set()
            await eventually(lambda: pair.link is not old)
            await eventually(lambda: ada.paths == ben.paths == ["direct"])
            assert ada.mesh._gathering.pairs == [pair]
            assert not pair.absent

    asyncio.run(play())


@pytest.mark.parametrize("offers", ["Ada", "Ben"])
def test_a_member_that_says_again_and_again_that_another_came_keeps_no_two_apart(
    offers: str,
) -> None:
    async def play() -> None:
        async with gathering() as room:
            eve = await room.enter("Eve", "reviewer")
            ada = await room.enter("Ada")
            await eventually(lambda: len(eve.paths) == 1)

            async def say() -> None:
                while True:
                    eve.mesh.say(Signal("announce", said, role="owner"))
                    await asyncio.sleep(0.002)

            ben = await room.enter("Ben")
            said = ada.mesh.me if offers == "Ben" else ben.mesh.me
            saying = asyncio.ensure_future(say())
            try:
                await eventually(lambda: ada.paths == ben.paths == ["direct"] * 2)
            finally:
                saying.cancel()

    asyncio.run(play())


def test_who_overstepped_is_kept_out_before_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OversteppedError("That is not yours.")

    async def play() -> None:
        async with gathering() as room:
            ada, ben = await room.enter("Ada"), await room.enter("Ben", "reviewer")
            await eventually(lambda: ada.paths == ben.paths == ["direct"])
            monkeypatch.setattr(ada.watch, "judge", refuse)
            [member], told = [pair.member for pair in ada.mesh._gathering.pairs], list[str]()
            [carried] = ada.mesh._carrier._carried.values()
            put = carried.connection._put

            def note(messages: Iterable[bytes | str]) -> None:
                told.append(ada.watch.barred.why(member))
                put(messages)

            monkeypatch.setattr(carried.connection, "_put", note)
            ben.put("title", "Mine")
            await eventually(lambda: reason(ben) == "evicted")
            assert set(filter(None, told)) == {"That is not yours."}
            assert "That is not yours." in told

    asyncio.run(play())


def test_who_waits_for_a_link_asks_again_where_its_word_was_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gathering_module, "ASK", 2)

    async def play() -> None:
        async with gathering() as room:
            ben, ada = await room.enter("Ben"), await room.enter("Ada")
            await eventually(lambda: ada.paths == ben.paths == ["direct"])
            [kept], asked = ben.mesh._gathering.pairs, ben.mesh.ask
            lost: list[Pair] = []
            monkeypatch.setattr(ben.mesh, "ask", lost.append)
            kept._since -= STEADY
            ada.mesh._gathering._forget(*ada.mesh._gathering.pairs)
            await eventually(lambda: lost == [kept])
            assert ada.mesh.members == []
            monkeypatch.setattr(ben.mesh, "ask", asked)
            await eventually(lambda: ada.paths == ben.paths == ["direct"])

    asyncio.run(play())


def test_an_artifact_comes_from_whoever_has_it(tmp_path: Path) -> None:
    data = b"evidence" * 20_000
    (tmp_path / "run.log").write_bytes(data)

    async def play() -> bytes:
        async with gathering() as room:
            asks = await room.enter("Ada")
            await room.enter("Ben", "viewer")
            await room.enter("Cy", "reviewer", files={hash_of(data): tmp_path / "run.log"})
            await eventually(lambda: asks.paths == ["direct", "direct"])
            with pytest.raises(NotFoundError):
                await asks.mesh.artifacts.fetch(hash_of(b"else"))
            return await asks.mesh.artifacts.fetch(hash_of(data))

    assert asyncio.run(play()) == data


def test_who_knows_only_the_rooms_id_is_not_heard() -> None:
    async def play() -> None:
        async with gathering() as room:
            ada = await room.enter("Ada")
            heard: list[str] = []
            eve = RoomClient(
                room.servers,
                room.secret.room,
                new_id(),
                on_signal=lambda data, _: heard.append(data),
                on_frame=lambda *_: None,
            )
            running = asyncio.ensure_future(eve.run())
            await eventually(lambda: eve.state.relays)
            ben = await room.enter("Ben", "viewer")
            await eventually(lambda: ada.paths == ben.paths == ["direct"])
            for data in [*heard, base64.b64encode(os.urandom(200)).decode(), "?", ""]:
                eve.publish(data)
                eve.publish(data, ada.me)
                await eve.send_frame(ada.me, data.encode())
            eve.close()
            await running
            assert [one.peer for one in ada.mesh.members] == [ben.me]
            assert all(ada.me not in said and "sdp" not in said for said in heard)

    asyncio.run(play())


def test_somebody_elses_invitation_without_its_seed_lets_nobody_in() -> None:
    async def play() -> None:
        async with gathering() as room:
            ada = await room.enter("Ada")
            seen = room.ticket("Ben", "reviewer").invitation
            assert seen is not None
            eve = await room.enter("Eve", "viewer", invitation=replace(seen, seed=bytes(32)))
            await eventually(lambda: reason(eve) == "unauthorized")
            assert not any(one.path for one in [*ada.mesh.members, *eve.mesh.members])


def test_an_invitation_that_is_taken_back_ends_what_it_opened() -> None:
    async def play() -> None:
        async with gathering() as room:
            ada, ben = await room.enter("Ada"), await room.enter("Ben", "reviewer")
            await eventually(lambda: ada.paths == ben.paths == ["direct"])
            ticket = ben.mesh.standing.ticket
            assert ticket.invitation is not None
            ada.watch.taken_back.add(ticket.invitation.id)
            await eventually(lambda: not any(one.path for one in ada.mesh.members))
            await eventually(lambda: reason(ben) == "revoked")

    asyncio.run(play())


def test_the_relay_is_taken_while_nothing_direct_opens_and_left_when_it_does() -> None:
    async def play() -> None:
        async with gathering() as room:
            shut = Paths(turn_only=True, patience=0.2)
            ada, ben = [await room.enter(name, paths=shut) for name in ("Ada", "Ben")]
            await eventually(lambda: ada.paths == ben.paths == ["relay"])
            ada.put("over the relay", "yes")
            await eventually(lambda: "over the relay" in ben.port.values)
            for one in (ada, ben):
                one.mesh.take(Paths(patience=0.2))
            await eventually(lambda: ada.paths == ben.paths == ["direct"], seconds=30)
            ben.put("directly", "yes")
            await eventually(lambda: "directly" in ada.port.values)
            assert len(ada.room.presence.states()) == len(ben.room.presence.states()) == 2

    asyncio.run(play())


def test_a_room_server_that_restarts_is_not_noticed_by_who_is_linked() -> None:
    async def play() -> None:
        async with gathering() as room:
            ada, ben = await room.enter("Ada"), await room.enter("Ben")
            await eventually(lambda: ada.paths == ben.paths == ["direct"])
            await room.stop_servers()
            ada.put("meanwhile", "yes")
            await eventually(lambda: "meanwhile" in ben.port.values)
            await room.start_servers()
            cy = await room.enter("Cy", "viewer")
            await eventually(lambda: cy.paths == ["direct", "direct"])
            await eventually(lambda: cy.port.values == ada.port.values)

    asyncio.run(play())


def test_relayed_peers_find_each_other_again_after_the_room_server_restarted() -> None:
    async def play() -> None:
        async with gathering() as room:
            ada, ben = [await room.enter(name, paths=RELAYED) for name in ("Ada", "Ben")]
            await eventually(lambda: ada.paths == ben.paths == ["relay"])
            await room.stop_servers()
            ada.put("meanwhile", "yes")
            ben.put("as well", "yes")
            await room.start_servers()
            await eventually(lambda: ada.port.values == ben.port.values, seconds=20)
            assert set(ada.port.values) == {"meanwhile", "as well"}

    asyncio.run(play())

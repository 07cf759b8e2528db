"""Room servers that are away, slow, other than they were, or liars, under peers of a mesh."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from peerplan_jupyter.sync.mesh.mesh import Paths
from peerplan_jupyter.sync.roomserver.hub import Hub
from peerplan_jupyter.sync.roomserver.limits import RoomLimits

from ..conftest import eventually
from ..roomserver.conftest import serving
from ..roomserver.test_backplane import REDIS, federated, killable, redis
from .conftest import RELAYED, Peer, gathering
from .liar import Liar, Said, lying, sender_of, sent_by


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def equal(*peers: Peer) -> bool:
    return all(one.port.values == peers[0].port.values for one in peers)


async def linked(*peers: Peer) -> None:
    await eventually(
        lambda: all(
            [bool(path) for path in one.paths] == [True] * (len(peers) - 1) for one in peers
        )
    )


def test_the_next_server_is_taken_and_left_when_the_first_is_back() -> None:
    async def play() -> None:
        port, soon = free_port(), Paths(direct=False, look_back=0.3)
        first = f"ws://127.0.0.1:{port}/"
        async with gathering() as room:
            both = [first, *room.servers]
            ada = await room.enter("Ada", paths=soon, servers=both)
            ben = await room.enter("Ben", "reviewer", soon, servers=both)
            await linked(ada, ben)
            async with serving(port=port):
                ada.put("while", "they move")
                cy = await room.enter("Cy", "viewer", soon, servers=[first])
                await linked(ada, ben, cy)
                ben.put("and", "after")
                await eventually(lambda: equal(ada, ben, cy) and len(cy.port.values) == 2)

    asyncio.run(play())


def test_servers_that_accept_and_never_answer_are_left_for_the_next() -> None:
    async def silent(_: Any, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        writer.close()

    async def mute(peer: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for _ in peer:
                pass

    async def meet(room: Any, first: int) -> None:
        servers = [f"ws://127.0.0.1:{first}/", *room.servers]
        names = ("Ada", "Ben")
        ada, ben = [await room.enter(name, paths=RELAYED, servers=servers) for name in names]
        await linked(ada, ben)
        ada.put("said", "yes")
        await eventually(lambda: equal(ada, ben))

    async def play() -> None:
        async with (
            gathering() as room,
            gathering() as other,
            await asyncio.start_server(silent, "127.0.0.1", 0) as tcp,
            serve(mute, "127.0.0.1", 0) as web,
        ):
            ports = [next(iter(one.sockets)).getsockname()[1] for one in (tcp, web)]
            await asyncio.gather(meet(room, ports[0]), meet(other, ports[1]))

    asyncio.run(play())


def test_a_drained_server_is_left_and_nothing_is_lost() -> None:
    async def play() -> None:
        hub = Hub(RoomLimits(grace=30))
        async with gathering() as room, serving(hub) as first:
            both = [first.url, *room.servers]
            ada, ben = [
                await room.enter(name, paths=RELAYED, servers=both) for name in ("Ada", "Ben")
            ]
            await linked(ada, ben)
            draining = asyncio.ensure_future(first.server.drain())
            for number in range(50):
                ada.put(f"a{number}", "x")
                ben.put(f"b{number}", "y")
                await asyncio.sleep(0.005)
            await draining
            await eventually(lambda: equal(ada, ben) and len(ada.port.values) == 100)
            assert ada.mesh.state.server == ben.mesh.state.server == room.servers[0]

    asyncio.run(play())


def test_what_takes_a_servers_place_is_named_and_links_go_on() -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def play() -> None:
        async with gathering() as room:
            ada, ben = await room.enter("Ada"), await room.enter("Ben", "reviewer")
            await eventually(lambda: ada.paths == ben.paths == ["direct"])
            await room.stop_servers()
            async with await asyncio.start_server(refuse, "127.0.0.1", room.port):
                await eventually(lambda: ada.mesh.state.detail == "The server answered 404.")
                ben.put("meanwhile", "yes")
                await eventually(lambda: equal(ada, ben))
            await room.start_servers()
            cy = await room.enter("Cy", "viewer")
            await linked(ada, ben, cy)

    asyncio.run(play())


@pytest.mark.skipif(REDIS is None, reason="redis-server is not installed")
def test_peers_at_two_servers_stay_equal_when_one_is_killed(tmp_path: Path) -> None:
    async def play() -> None:
        async with (
            redis(tmp_path) as shared,
            federated(shared.url) as one,
            killable(shared.url, tmp_path) as (doomed, process),
            gathering() as room,
        ):
            places = [[one.url], [doomed, one.url], [doomed, one.url]]
            peers = [
                await room.enter(name, paths=RELAYED, servers=servers)
                for name, servers in zip(("Ada", "Ben", "Cy"), places, strict=True)
            ]
            await linked(*peers)
            for number in range(60):
                for peer in peers:
                    peer.put(f"{peer.me} {number}", "x")
                await asyncio.sleep(0.005)
                if number == 20:
                    process.kill()
            await eventually(lambda: equal(*peers) and len(peers[0].port.values) == 180, 30)

    asyncio.run(play())


class Lies:
    """What a room server may do to messages; each by chance, the same for the same seed."""

    def __init__(self, liar: Liar) -> None:
        self._liar, self._chance = liar, random.Random(3)
        self._held: list[Said] = []

    def under_other_names(self, said: Said) -> list[Said]:
        if not isinstance(said, bytes):
            return [said]
        others = sorted(self._liar.ids - {sender_of(said)})
        return [said, sent_by(said, self._chance.choice(others))]

    def only_under_other_names(self, said: Said) -> list[Said]:
        return self.under_other_names(said)[-1:]

    def again(self, said: Said) -> list[Said]:
        old = self._chance.choices(self._liar.heard, k=2) if self._liar.heard else []
        return [said, *old]

    def in_another_order(self, said: Said) -> list[Said]:
        if not isinstance(said, bytes) or self._chance.random() < 0.5:
            return [said]
        self._held.append(said)
        return [] if len(self._held) % 2 else [said, self._held[-2]]

    def changed(self, said: Said) -> list[Said]:
        if not isinstance(said, bytes) or self._chance.random() < 0.7:
            return [said]
        at = self._chance.randrange(len(said))
        return [said[:at] + bytes([said[at] ^ 1 << self._chance.randrange(8)]) + said[at + 1 :]]

    def not_at_all(self, said: Said) -> list[Said]:
        return [] if self._chance.random() < 0.3 else [said]

    def that_all_are_gone(self, said: Said) -> list[Said]:
        topic = said["topic"] if isinstance(said, dict) and "topic" in said else None
        if topic is None:
            return [said]
        return [said, *({"type": "gone", "topic": topic, "id": one} for one in self._liar.ids)]

    def rubbish(self, said: Said) -> list[Said]:
        junk: Sequence[Said] = (b"\xff", b"", self._chance.randbytes(40), {"type": "publish"}, {})
        return [said, self._chance.choice(junk)]


LIES: tuple[Callable[[Lies, Said], list[Said]], ...] = (
    Lies.under_other_names, Lies.only_under_other_names, Lies.again, Lies.in_another_order,
    Lies.changed, Lies.not_at_all, Lies.that_all_are_gone, Lies.rubbish,
)  # fmt: skip
ABOUT_SIGNALS = (Lies.again, Lies.not_at_all, Lies.that_all_are_gone, Lies.rubbish)


async def survive(lie: Callable[[Lies, Said], list[Said]], paths: Paths) -> None:
    """Three peers write while the server lies, and are equal: at once if they are linked directly,
    else soon after it stopped.
    """
    async with lying() as liar, gathering() as room:
        enter = partial(room.enter, paths=paths, servers=[liar.url])
        peers = [await enter(name) for name in ("Ada", "Ben", "Cy")]
        await linked(*peers)
        liar.lie = partial(lie, Lies(liar))
        for number in range(40):
            for peer in peers:
                peer.put(f"{peer.me} {number}", "x")
            peers[number % 3].mesh.call()
            await asyncio.sleep(0.02)
        assert liar.told, lie.__name__
        if not paths.direct:
            liar.lie = lambda said: [said]
        try:
            await eventually(lambda: equal(*peers) and len(peers[0].port.values) == 120, 40)
        except TimeoutError:
            pytest.fail(f"{lie.__name__}: {[one.mesh.members for one in peers]}")


@pytest.mark.parametrize("paths", [Paths(), RELAYED], ids=["direct", "relay"])
def test_a_room_server_that_lies_changes_nothing_for_long(paths: Paths) -> None:
    async def play() -> None:
        lies = ABOUT_SIGNALS if paths.direct else LIES
        await asyncio.gather(*(survive(lie, paths) for lie in lies))

    asyncio.run(play())

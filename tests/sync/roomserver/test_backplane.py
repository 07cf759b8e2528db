"""Several room servers that share their rooms over a real Redis."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from peerplan_jupyter.errors import InvalidInputError
from peerplan_jupyter.sync.roomserver.federation import Federation
from peerplan_jupyter.sync.roomserver.hub import Hub
from peerplan_jupyter.sync.roomserver.limits import RoomLimits
from peerplan_jupyter.sync.roomserver.settings import RoomSettings
from peerplan_jupyter.sync.transports.dialing import Backoff

from ..conftest import eventually
from .conftest import Running, peers, serving, strangers

REDIS = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(REDIS is None, reason="redis-server is not installed.")


class Redis:
    """A Redis on a port of its own, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = await asyncio.create_subprocess_exec(
            str(REDIS), *options, "--appendonly", "no", cwd=self._folder, stdout=subprocess.DEVNULL
        )
        async with asyncio.timeout(10):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    await writer.wait_closed()
                    return
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def redis(folder: Path) -> AsyncIterator[Redis]:
    made = Redis(folder)
    await made.start()
    try:
        yield made
    finally:
        await made.kill()


@asynccontextmanager
async def federated(url: str, limits: RoomLimits | None = None) -> AsyncIterator[Running]:
    backplane = Federation(url, Backoff(0.02, 0.1), beat=0.5)
    async with serving(Hub(limits, backplane=backplane)) as server:
        yield server


def test_peers_at_different_servers_meet(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            redis(tmp_path) as shared,
            federated(shared.url) as one,
            federated(shared.url) as other,
            peers(one.url, "A", "C") as [a, c],
            peers(other.url, "B") as [b],
        ):
            assert b.client.publish("I am here")
            await eventually(lambda: a.heard == c.heard == [("B", "I am here")])
            assert a.client.publish("so am I", "B")
            await eventually(lambda: b.heard == [("A", "so am I")])
            await b.client.send_frame("A", b"a frame")
            await eventually(lambda: ("B", b"a frame") in a.heard)
            assert ("B", b"a frame") not in c.heard

    asyncio.run(run())


def test_signals_and_frames_between_servers_keep_their_order(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            redis(tmp_path) as shared,
            federated(shared.url) as one,
            federated(shared.url) as other,
            peers(one.url, "A") as [a],
            peers(other.url, "B") as [b],
        ):
            sent = [f"{number}" if number % 3 else bytes([number]) for number in range(99)]
            for message in sent:
                if isinstance(message, bytes):
                    await a.client.send_frame("B", message)
                else:
                    a.client.publish(message, "B" if len(message) > 1 else None)
            await eventually(lambda: len(b.heard) == len(sent))
            assert [message for _, message in b.heard] == sent

    asyncio.run(run())


def test_subscribers_that_speak_y_webrtc_only_are_reached_too(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            redis(tmp_path) as shared,
            federated(shared.url) as one,
            federated(shared.url) as other,
            strangers(one.url) as [a],
            strangers(other.url) as [b],
        ):
            await a.subscribed("room")
            await b.subscribed("room")
            await a.say("publish", topic="room", data={"type": "announce", "from": "a"})
            sent = {"type": "publish", "topic": "room", "data": {"type": "announce", "from": "a"}}
            assert await b.hear() == {**sent, "clients": 1}

    asyncio.run(run())


def test_an_id_belongs_to_the_first_at_any_server(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            redis(tmp_path) as shared,
            federated(shared.url) as one,
            federated(shared.url) as other,
            strangers(one.url) as [first],
            strangers(other.url, 2) as [thief, again],
        ):
            await first.joined("room", "A", secret="s3cret")
            await thief.say("join", topic="room", id="A", secret="guess")
            assert (await thief.hear_rest())[0]["code"] == "taken"
            await again.joined("room", "A", secret="s3cret")
            assert (await first.hear_rest())[0]["code"] == "replaced"
            async with peers(one.url, "B") as [b]:
                assert b.client.publish("for A", "A")
                assert (await again.hear())["data"] == "for A"
                assert b.gone == []

    asyncio.run(run())


def test_an_id_can_be_taken_when_its_peer_has_left(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            redis(tmp_path) as shared,
            federated(shared.url) as one,
            federated(shared.url) as other,
            peers(other.url, "B") as [b],
        ):
            async with peers(one.url, "A"):
                pass
            await eventually(lambda: b.gone == ["A"])
            async with strangers(other.url) as [heir]:
                await heir.joined("room", "A")

    asyncio.run(run())


@asynccontextmanager
async def killable(url: str, folder: Path) -> AsyncIterator[tuple[str, Any]]:
    """A room server in a process of its own: its address, and the process."""
    script = folder / "serve.py"
    script.write_text(
        "import asyncio\n"
        "from peerplan_jupyter.sync.roomserver.federation import Federation\n"
        "from peerplan_jupyter.sync.roomserver.hub import Hub\n"
        "from peerplan_jupyter.sync.roomserver.server import RoomServer\n"
        "async def main():\n"
        f"    server = RoomServer(Hub(backplane=Federation({url!r}, beat=0.5)))\n"
        "    print(await server.start(0), flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=subprocess.PIPE
    )
    assert process.stdout
    port = int(await process.stdout.readline())
    try:
        yield f"ws://127.0.0.1:{port}/", process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def test_members_at_a_killed_server_are_gone_and_come_again_elsewhere(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            redis(tmp_path) as shared,
            federated(shared.url) as one,
            peers(one.url, "B") as [b],
            killable(shared.url, tmp_path) as (doomed, process),
            peers(doomed, "C") as [_],
            peers([doomed, one.url], "A") as [a],
        ):
            await a.client.send_frame("B", b"hello")
            await eventually(lambda: b.heard == [("A", b"hello")])
            process.kill()
            await eventually(lambda: a.live and a.client.state.server == one.url)
            await a.client.send_frame("B", b"again")
            await eventually(lambda: b.heard[-1] == ("A", b"again"))
            await eventually(lambda: b.gone == ["C"])

    asyncio.run(run())


def test_a_server_that_drains_is_left_without_anybody_being_gone_for_long(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            redis(tmp_path) as shared,
            federated(shared.url) as one,
            federated(shared.url) as other,
            peers([one.url, other.url], "A") as [a],
            peers(other.url, "B") as [b],
        ):
            await one.server.drain()
            await eventually(lambda: a.live and a.client.state.server == other.url)
            await b.client.send_frame("A", b"still there")
            await eventually(lambda: a.heard == [("B", b"still there")])

    asyncio.run(run())


def test_without_redis_each_server_goes_on_and_says_so(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            redis(tmp_path) as shared,
            federated(shared.url) as one,
            federated(shared.url) as other,
            peers(one.url, "A", "C") as [a, c],
            peers(other.url, "B") as [b],
        ):
            assert one.hub.health()["backplane"] == "up"
            await shared.kill()
            await eventually(lambda: a.gone == c.gone == ["B"] and sorted(b.gone) == ["A", "C"])
            assert one.hub.health() | {"connections": 0} == {
                "status": "ok",
                "connections": 0,
                "rooms": 1,
                "backplane": "down",
            }
            await a.client.send_frame("C", b"here")
            await eventually(lambda: c.heard == [("A", b"here")])
            async with peers(one.url, "D") as [d]:
                assert d.client.publish("newcomers too", "A")
                await eventually(lambda: a.heard == [("D", "newcomers too")])
            lives = len(a.states)
            await shared.start()
            await eventually(lambda: one.hub.health()["backplane"] == "up")
            await eventually(lambda: other.hub.health()["backplane"] == "up")
            await eventually(lambda: len(a.states) > lives)
            await eventually(lambda: "B" in one.hub.rooms["room"].elsewhere)
            await a.client.send_frame("B", b"there again")
            await eventually(lambda: b.heard == [("A", b"there again")])

    asyncio.run(run())


def test_a_server_starts_without_redis_and_finds_it_later(tmp_path: Path) -> None:
    async def run() -> None:
        shared = Redis(tmp_path)
        async with (
            federated(shared.url) as one,
            federated(shared.url) as other,
            peers(one.url, "A") as [a],
            peers(other.url, "B") as [b],
        ):
            assert one.hub.health()["backplane"] == "down"
            await shared.start()
            try:
                await eventually(lambda: "B" in one.hub.rooms["room"].elsewhere)
                assert a.client.publish("hello", "B")
                await eventually(lambda: b.heard == [("A", "hello")])
            finally:
                await shared.kill()

    asyncio.run(run())


def test_a_slow_reader_elsewhere_holds_its_sender_back(tmp_path: Path) -> None:
    async def run() -> None:
        limits = RoomLimits(outbox=3_000_000, byte_burst=100_000_000, patience=20)
        async with (
            redis(tmp_path) as shared,
            federated(shared.url, limits) as one,
            federated(shared.url, limits) as other,
            peers(one.url, "A") as [a],
            peers(other.url, "B") as [b],
        ):
            [reader] = other.hub.rooms["room"].members.values()
            holding = asyncio.Event()
            write = reader.outbox._write

            async def slowly(message: Any, binary: bool = False) -> None:
                await holding.wait()
                await write(message, binary=binary)

            reader.outbox._write = slowly
            frames = [
                asyncio.create_task(a.client.send_frame("B", bytes(16_384))) for _ in range(600)
            ]
            await eventually(lambda: ("room", "B") in one.hub._backplane._full, seconds=60)
            assert not frames[-1].done()
            holding.set()
            await asyncio.gather(*frames)
            await eventually(lambda: len(b.heard) == 600, seconds=60)
            assert reader.open

    asyncio.run(run())


def test_an_address_that_is_none_of_redis_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="none of Redis"):
        RoomSettings(backplane="http://localhost").make_hub()
    assert "s3cret" not in repr(RoomSettings(backplane="redis://:s3cret@localhost"))

"""The browser's encrypted rooms, in a page of a real Chromium and in Node: with Python's, and with
the published %ELO client through the published server, which has no key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from websockets.asyncio.client import connect

from peerplan_jupyter.sync.codec import decode, encode
from peerplan_jupyter.sync.encryption import EncryptedRoom
from peerplan_jupyter.sync.frames import Crdt, DocUpdate, JoinRequest

from ..blind import DERIVED, KEY, ROOM, SHARED, linked, serving
from ..conftest import DocPort, eventually
from .conftest import PagePeer, Play

pytestmark = pytest.mark.timeout(120)


class RoomPage:
    """A page that takes the commands of `room_peer.ts`."""

    def __init__(self, page: PagePeer) -> None:
        self.page = page

    async def do(self, command: str, **arguments: Any) -> Any:
        """Runs a command; its result."""
        given = {"do": command, **arguments}
        async with asyncio.timeout(30):
            answer = await self.page.page.evaluate("(given) => command(given)", given)
        assert "error" not in answer, answer["error"]
        return answer["result"]


@asynccontextmanager
async def in_page(browsing: Callable[[], Any]) -> AsyncIterator[RoomPage]:
    async with browsing() as browser:
        page = RoomPage(await browser.page(path="room"))
        yield page
        assert page.page.errors == []


@pytest.fixture(params=["page", "node"])
def entering(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """`async with entering() as peer`: a peer of ours that is no Python."""
    if request.param == "node":
        start: Callable[[], Any] = request.getfixturevalue("start_peer")
        return start
    return partial(in_page, request.getfixturevalue("browsing"))


@pytest.fixture
def server(start_node: Any) -> Any:
    """`async with server() as url`: the published server."""
    return partial(serving, start_node)


def test_it_is_kept_equal_with_a_room_that_python_serves(
    entering: Any, serve: Any, play: Play
) -> None:
    async def run() -> None:
        port = DocPort()
        room = EncryptedRoom(ROOM, port, key=KEY)
        port.insert("ours ")
        port.put("before", "b" * 900_000)
        room.show(room.presence.say("python", {"at": "step 1"}))
        async with serve(room) as served, entering() as peer:
            await peer.do("insert", at=0, text="theirs ")
            await peer.do("join_encrypted", url=served.browser_url, **SHARED)
            await eventually(lambda: "theirs" in port.content)
            await peer.do("until", part="content", expected=port.content)
            await peer.do("until", part="values", expected={"before": 900_000})
            room.publish(port.insert("🙂 "))
            await peer.do("until", part="content", expected=port.content)
            await peer.do("fill", key="up", size=900_000)
            await eventually(lambda: port.values.get("up") == 900_000)
            await eventually(lambda: room.pending() == 0)
            await peer.do("until", part="settled", expected=True)
            await peer.do("present", value={"at": "step 2"})
            await eventually(lambda: len(room.presence.states()) == 2)
            await peer.do("until", part="presence", expected=room.presence.states())

    play(run())


def test_it_meets_a_python_peer_at_a_room_that_python_serves(
    entering: Any, serve: Any, play: Play
) -> None:
    async def run() -> None:
        room = EncryptedRoom(ROOM, DocPort(), key=KEY)
        async with (
            serve(room) as served,
            linked(served.browser_url) as (other, _),
            entering() as peer,
        ):
            other.publish(other.document.insert("before "))
            other.show(other.presence.say("python", {"at": "step 1"}))
            await eventually(lambda: len(room.presence.states()) == 1)
            await peer.do("join_encrypted", url=served.browser_url, **SHARED)
            await peer.do("until", part="content", expected="before ")
            await peer.do("until", part="presence", expected={"python": {"at": "step 1"}})
            await peer.do("insert", at=0, text="live ")
            await eventually(lambda: other.document.content == "live before ")
            await peer.do("present", value={"at": "step 2"})
            await eventually(lambda: len(other.presence.states()) == 2)

    play(run())


def test_what_was_missed_comes_with_the_next_join(entering: Any, serve: Any, play: Play) -> None:
    async def run() -> None:
        port = DocPort()
        room = EncryptedRoom(ROOM, port, key=KEY)
        async with serve(room) as served, entering() as peer:
            await peer.do("join_encrypted", url=served.browser_url, **SHARED)
            await peer.do("until", part="room", expected=1)
            await served.drop()
            await peer.do("until", part="room", expected=0)
            await eventually(lambda: room.peers() == 0)
            room.publish(port.insert("missed "))
            await peer.do("insert", at=0, text="offline ")
            await peer.do("join_encrypted", url=served.browser_url, **SHARED)
            await eventually(lambda: "offline" in port.content)
            await peer.do("until", part="content", expected=port.content)

    play(run())


def test_it_meets_a_python_peer_through_a_server_without_the_key(
    entering: Any, server: Any, play: Play
) -> None:
    async def run() -> None:
        async with server() as url, linked(url) as (room, link), entering() as peer:
            room.publish(room.document.insert("before "))
            await eventually(lambda: link.pending == 0 and link.state.state == "live")
            await peer.do("join_encrypted", url=url, **SHARED)
            await peer.do("until", part="content", expected="before ")
            await peer.do("insert", at=0, text="live ")
            await eventually(lambda: room.document.content == "live before ")
            room.publish(room.document.put("down", "d" * 700_000))
            await peer.do("until", part="values", expected={"down": 700_000})
            await peer.do("fill", key="up", size=700_000)
            await eventually(lambda: room.document.values.get("up") == 700_000)
            await peer.do("until", part="settled", expected=True)

    play(run())


@asynccontextmanager
async def overhearing(url: str) -> AsyncIterator[list[bytes]]:
    """What somebody in the room without its key is sent, of the document and of presence."""
    heard: list[bytes] = []

    async def listen() -> None:
        async for message in watcher:
            assert isinstance(message, bytes)
            heard.append(message)

    async with connect(url) as watcher:
        for kind in (Crdt.EPHEMERAL, Crdt.ELO):
            await watcher.send(encode(JoinRequest(kind, ROOM, b"", b"\x00")))
        listening = asyncio.ensure_future(listen())
        await eventually(lambda: len(heard) >= 2)
        yield heard
        await watcher.close()
        await listening


def test_who_is_here_passes_a_server_that_learns_no_words(
    entering: Any, server: Any, play: Play
) -> None:
    async def run() -> None:
        async with (
            server() as url,
            overhearing(url) as heard,
            linked(url) as (room, _),
            entering() as peer,
        ):
            room.show(room.presence.say("python", {"at": "step 1"}))
            await peer.do("join_encrypted", url=url, **SHARED)
            await peer.do("until", part="presence", expected={"python": {"at": "step 1"}})
            await peer.do("present", value={"at": "step 2"})
            await eventually(lambda: len(room.presence.states()) == 2)
            [name] = room.presence.states().keys() - {"python"}
            await peer.do("insert", at=0, text="a secret")
            await eventually(lambda: room.document.content == "a secret")
            room.show(room.presence.silence("python"))
            await peer.do("until", part="presence", expected={name: {"at": "step 2"}})
            await peer.do("absent")
            await eventually(lambda: room.presence.states() == {})
            updates = [frame for frame in map(decode, heard) if isinstance(frame, DocUpdate)]
            assert {frame.crdt for frame in updates} == {Crdt.ELO, Crdt.EPHEMERAL}
            said = b"".join(heard)
            assert b"python" in said
            assert not any(word in said for word in (b"step", b"secret"))

    play(run())


def test_it_and_the_published_client_read_each_other(
    entering: Any, server: Any, start_node: Any, play: Play
) -> None:
    async def run() -> None:
        async with server() as url, entering() as peer, start_node("client.mjs", url) as client:
            await peer.do("insert", at=0, text="🙂 ours ")
            await peer.do("join_encrypted", url=url, **SHARED)
            await peer.do("until", part="room", expected=1)
            await client.do("insert", at=0, text="theirs ")
            await client.do("join_encrypted", **DERIVED)
            async with asyncio.timeout(30):
                while "theirs" not in (content := (await peer.do("shape"))["content"]):
                    await asyncio.sleep(0.02)
            await client.do("until", part="content", expected=content)
            await client.do("insert", at=0, text="live ")
            await peer.do("until", part="content", expected=f"live {content}")
            await peer.do("insert", at=0, text="both ")
            await client.do("until", part="content", expected=f"both live {content}")
            assert (await client.do("shape"))["refused"] == []
            assert (await peer.do("shape"))["unread"] == 0

    play(run())


def test_with_another_key_it_reads_nothing_and_disturbs_nobody(
    entering: Any, server: Any, play: Play
) -> None:
    async def run() -> None:
        async with server() as url, linked(url) as (room, link), entering() as stranger:
            room.publish(room.document.insert("ours"))
            await eventually(lambda: link.state.state == "live" and link.pending == 0)
            await stranger.do("join_encrypted", url=url, room=ROOM, key=bytes(32).hex())
            await stranger.do("until", part="unread", expected=1)
            await stranger.do("present", value={"at": 1})
            for _ in range(5):
                await stranger.do("insert", at=0, text="x")
            await eventually(lambda: room.port(Crdt.ELO).unread == 5)
            shape = await stranger.do("shape")
            assert (shape["content"], room.document.content) == ("xxxxx", "ours")
            assert room.presence.states() == {}
            assert (link.state.state, shape["room"]) == ("live", 1)

    play(run())

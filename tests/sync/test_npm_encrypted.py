"""Our client and the published %ELO client, through the published server, which has no key."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from websockets.asyncio.client import connect

from peerplan_jupyter.sync.codec import decode, encode
from peerplan_jupyter.sync.frames import Crdt, DocUpdate, JoinRequest

from .blind import DERIVED, ROOM, linked, serving


@pytest.fixture
def server(start_node: Any) -> Any:
    """`async with server() as url`."""
    return partial(serving, start_node)


@pytest.fixture
def met() -> Any:
    """`async with met(url) as (room, link)`."""
    return linked


def test_two_of_ours_meet_through_it(server: Any, met: Any, eventually: Any) -> None:
    async def run() -> None:
        async with server() as url, met(url) as (one, link):
            await eventually(lambda: link.state.state == "live")
            one.publish(one.document.insert("before "))
            await eventually(lambda: link.pending == 0)
            async with met(url) as (other, _):
                await eventually(lambda: other.document.content == "before ")
                other.publish(other.document.insert("live "))
                await eventually(lambda: one.document.content == "live before ")
                one.publish(one.document.put("big", "x" * 700_000))
                await eventually(lambda: other.document.values == {"big": 700_000})

    asyncio.run(run())


def test_the_published_client_and_ours_read_each_other(
    server: Any, met: Any, start_node: Any, eventually: Any
) -> None:
    async def run() -> None:
        async with server() as url, met(url) as (room, link):
            await eventually(lambda: link.state.state == "live")
            room.publish(room.document.insert("🙂 ours "))
            await eventually(lambda: link.pending == 0)
            async with start_node("client.mjs", url) as client:
                await client.do("insert", at=0, text="theirs ")
                await client.do("join_encrypted", **DERIVED)
                await eventually(lambda: "theirs" in room.document.content)
                await client.do("until", part="content", expected=room.document.content)
                await client.do("insert", at=0, text="live ")
                await eventually(lambda: room.document.content.startswith("live "))
                room.publish(room.document.insert("both "))
                await client.do("until", part="content", expected=room.document.content)
                assert (await client.do("shape"))["refused"] == []

    asyncio.run(run())


def test_presence_passes_through_it_sealed(server: Any, met: Any, eventually: Any) -> None:
    async def run() -> None:
        async with server() as url, met(url) as (one, _):
            one.show(one.presence.say("p1", {"at": "step 1"}))
            async with met(url) as (other, _), connect(url) as watcher:
                await watcher.send(encode(JoinRequest(Crdt.EPHEMERAL, ROOM, b"", b"")))
                await eventually(lambda: other.presence.states() == {"p1": {"at": "step 1"}})
                other.show(other.presence.say("p2", {"at": "step 2"}))
                await eventually(lambda: set(one.presence.states()) == {"p1", "p2"})
                one.show(one.presence.silence("p1"))
                await eventually(lambda: set(other.presence.states()) == {"p2"})
                seen = [await watcher.recv() for _ in range(3)]
        assert any(b"p1" in frame for frame in seen)
        assert not any(b"step" in frame for frame in seen)

    asyncio.run(run())


def test_the_server_sees_no_words(server: Any, met: Any, eventually: Any) -> None:
    async def run() -> Any:
        async with server() as url, met(url) as (room, link), connect(url) as watcher:
            await watcher.send(encode(JoinRequest(Crdt.ELO, ROOM, b"", b"\x00")))
            await eventually(lambda: link.state.state == "live")
            room.publish(room.document.insert("a secret"))
            frame: Any = None
            while not isinstance(frame, DocUpdate):
                frame = decode(await watcher.recv())
            return frame.updates

    updates = asyncio.run(run())
    assert updates
    assert b"secret" not in b"".join(updates)


def test_who_has_another_key_reads_nothing_and_disturbs_nobody(
    server: Any, met: Any, eventually: Any
) -> None:
    async def run() -> None:
        async with (
            server() as url,
            met(url) as (room, link),
            met(url, bytes(32)) as (stranger, other),
        ):
            await eventually(lambda: link.state.state == other.state.state == "live")
            room.publish(room.document.insert("ours"))
            for _ in range(5):
                stranger.publish(stranger.document.insert("theirs"))
            stranger.show(stranger.presence.say("p1", {"at": 1}))
            await eventually(lambda: room.port(Crdt.ELO).unread >= 5)
            await eventually(lambda: stranger.port(Crdt.ELO).unread >= 1)
            assert room.document.content == "ours"
            assert room.presence.states() == {}
            assert link.state.state == "live"

    asyncio.run(run())

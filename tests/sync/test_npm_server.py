"""Our client against the published npm SimpleServer, unmodified."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import connect

from peerplan_jupyter.sync.codec import decode, encode
from peerplan_jupyter.sync.frames import Ack, Crdt, DocUpdate, JoinRequest, UpdateStatus
from peerplan_jupyter.sync.introduction import Introduction, Terms
from peerplan_jupyter.sync.room import Room
from peerplan_jupyter.sync.transports.websocket import Backoff, WebSocketLink


@pytest.fixture
def simple_server(start_node: Any) -> Any:
    """`async with simple_server() as url`."""

    @asynccontextmanager
    async def _serve() -> Any:
        async with start_node("server.mjs") as process:
            yield f"ws://127.0.0.1:{await process.answer()}"

    return _serve


@pytest.fixture
def link_to() -> Any:
    """`async with link_to(url, room) as link`."""

    @asynccontextmanager
    async def _link(url: str, room: Room, introduction: Introduction | None = None) -> Any:
        terms = Terms(lambda _room, _who: "write", introduction or Introduction())
        link = WebSocketLink(url, terms, backoff=Backoff(0.01, 0.05))
        link.join(room)
        running = asyncio.ensure_future(link.run())
        try:
            yield link
        finally:
            link.close()
            async with asyncio.timeout(10):
                await running

    return _link


def test_documents_pass_through_it_from_peer_to_peer(
    make_port: Callable[[], Any], simple_server: Any, link_to: Any, eventually: Any
) -> None:
    async def run() -> None:
        one, other = Room("plan", make_port()), Room("plan", make_port())
        one.document.insert("before ")
        async with simple_server() as url, link_to(url, one) as link:
            await eventually(lambda: link.state.state == "live" and link.pending == 0)
            async with link_to(url, other) as second:
                await eventually(lambda: other.document.content == "before ")
                one.publish(one.document.insert("live "))
                await eventually(lambda: other.document.content == "live before ")
                other.publish(other.document.insert("back "))
                await eventually(lambda: one.document.content == "back live before ")
                await eventually(lambda: link.pending == second.pending == 0)

    asyncio.run(run())


def test_700_kb_pass_through_it_in_fragments(
    make_port: Callable[[], Any], simple_server: Any, link_to: Any, eventually: Any
) -> None:
    async def run() -> None:
        one, other = Room("plan", make_port()), Room("plan", make_port())
        async with simple_server() as url, link_to(url, one) as link, link_to(url, other):
            await eventually(lambda: one.peers() == other.peers() == 1)
            one.publish(one.document.put("big", "x" * 700_000))
            await eventually(lambda: other.document.values == {"big": 700_000})
            await eventually(lambda: link.pending == 0)

    asyncio.run(run())


def test_presence_passes_through_it(
    make_port: Callable[[], Any], simple_server: Any, link_to: Any, eventually: Any
) -> None:
    async def run() -> None:
        one, other = Room("plan", make_port()), Room("plan", make_port())
        one.presence.say("p1", {"at": 1})
        async with simple_server() as url, link_to(url, one), link_to(url, other):
            await eventually(lambda: other.presence.states() == {"p1": {"at": 1}})
            one.show(one.presence.silence("p1"))
            await eventually(lambda: other.presence.states() == {})

    asyncio.run(run())


def test_we_give_up_when_it_does_not_admit_us(
    make_port: Callable[[], Any], simple_server: Any
) -> None:
    class Wrong(Introduction):
        def encode(self) -> bytes:
            return b"wrong"

    async def run() -> Any:
        async with simple_server() as url:
            link = WebSocketLink(url, Terms(lambda _room, _who: "write", Wrong()))
            link.join(Room("plan", make_port()))
            async with asyncio.timeout(10):
                return await link.run()

    state = asyncio.run(run())
    assert (state.state, state.final) == ("offline", True)
    assert "Authentication failed" in state.detail


def test_in_a_room_for_reading_changes_stay_unsent(
    make_port: Callable[[], Any], simple_server: Any, link_to: Any, eventually: Any
) -> None:
    async def run() -> None:
        room = Room("read-only", make_port())
        async with simple_server() as url, link_to(url, room) as link:
            await eventually(lambda: link.state.state == "live")
            room.publish(room.document.insert("mine"))
            assert link.pending == 1

    asyncio.run(run())


def test_it_answers_rubbish_as_we_do(simple_server: Any) -> None:
    async def run() -> Any:
        async with simple_server() as url, connect(url) as socket:
            await socket.send(encode(JoinRequest(Crdt.LORO, "plan", b"", b"\x00")))
            async with asyncio.timeout(10):
                await socket.recv()
                await socket.send(encode(DocUpdate(Crdt.LORO, "plan", (b"rubbish",), bytes(8))))
                while not isinstance(frame := decode(await socket.recv()), Ack):
                    pass
            return frame.status

    assert asyncio.run(run()) is UpdateStatus.INVALID_UPDATE


def test_its_known_fault_with_large_documents_is_said(
    make_port: Callable[[], Any], simple_server: Any, link_to: Any, eventually: Any
) -> None:
    """SimpleServer does not fragment what it sends to a peer that joins (loro-websocket 0.6.2).

    It answers with a JoinError after the join; when this fails, the package was mended.
    """

    async def run() -> None:
        one, other = Room("plan", make_port()), Room("plan", make_port())
        one.document.put("big", "x" * 700_000)
        async with simple_server() as url, link_to(url, one) as link:
            await eventually(lambda: link.state.state == "live" and link.pending == 0)
            second = WebSocketLink(url, Terms(lambda _room, _who: "write"))
            second.join(other)
            async with asyncio.timeout(10):
                state = await second.run()
            assert "exceeds maximum" in state.detail
            assert other.document.values == {}

    asyncio.run(run())

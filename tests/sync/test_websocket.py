from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from peerplan_jupyter.errors import ForbiddenError, InvalidInputError
from peerplan_jupyter.sync.codec import decode, encode
from peerplan_jupyter.sync.frames import (
    Ack,
    Crdt,
    DocUpdate,
    JoinError,
    JoinRequest,
    JoinResponseOk,
    RoomError,
    UpdateStatus,
)
from peerplan_jupyter.sync.introduction import Introduction, Terms
from peerplan_jupyter.sync.limits import Limits
from peerplan_jupyter.sync.peer import Peer
from peerplan_jupyter.sync.room import Room
from peerplan_jupyter.sync.transports.websocket import Backoff, LinkState, WebSocketLink

HEADERS = {"Authorization": "token token of the tests"}
QUICK = Backoff(first=0.01, most=0.05)


@asynccontextmanager
async def linked(server: Any, *rooms: Room, **options: Any) -> Any:
    """A link to the server that is open while the block runs."""
    terms = Terms(lambda _room, _who: "write", **options.pop("terms", {}))
    options = {"headers": HEADERS, "backoff": QUICK} | options
    link = WebSocketLink(getattr(server, "url", server), terms, **options)
    for room in rooms:
        link.join(room)
    running = asyncio.ensure_future(link.run())
    try:
        yield link
    finally:
        link.close()
        async with asyncio.timeout(10):
            await running


def test_two_processes_worth_of_documents_become_equal(
    make_port: Callable[[], Any], serve: Any, eventually: Any
) -> None:
    async def run() -> None:
        here, there = Room("plan", make_port()), Room("plan", make_port())
        here.document.insert("here ")
        there.document.insert("there ")
        async with serve(there) as server, linked(server, here) as link:
            await eventually(lambda: len(here.document.content) == len("here there "))
            await eventually(lambda: link.state.state == "live" and link.pending == 0)
            assert there.document.content == here.document.content
            here.publish(here.document.insert("more "))
            assert link.pending == 1
            await eventually(lambda: link.pending == 0)
            assert there.document.content == here.document.content
            there.publish(there.document.insert("back "))
            await eventually(lambda: there.document.content == here.document.content)
            await eventually(lambda: there.pending() == 0)
            assert (here.peers(), there.peers()) == (1, 1)
        assert there.peers() == 0

    asyncio.run(run())


def test_rooms_may_live_on_another_thread_than_the_server(
    make_port: Callable[[], Any], serve: Any, eventually: Any, tmp_path: Path
) -> None:
    async def run(peer: Peer) -> None:
        on_peer = await peer.acall(lambda _: Room("plan", make_port()))
        here = Room("plan", make_port())
        states: list[LinkState] = []
        async with (
            serve(on_peer, loop=peer.loop) as server,
            linked(server, here, on_state=states.append) as link,
        ):
            here.publish(here.document.insert("from the loop "))
            here.publish(here.document.put("big", "x" * 900_000))
            await eventually(lambda: link.state.state == "live" and link.pending == 0)
            there = await peer.acall(lambda _: on_peer.document.content)
            assert there == "from the loop "
            await peer.acall(lambda _: on_peer.publish(on_peer.document.insert("answer ")))
            await eventually(lambda: here.document.content == "answer from the loop ")
            await server.drop()
            await eventually(lambda: [one.state for one in states[-2:]] == ["offline", "live"])

    with Peer(tmp_path / "journal.sqlite") as peer:
        asyncio.run(run(peer))


def test_900_kb_travel_in_fragments_both_ways(
    make_port: Callable[[], Any], serve: Any, eventually: Any
) -> None:
    async def run() -> None:
        here, there = Room("plan", make_port()), Room("plan", make_port())
        async with serve(there) as server, linked(server, here):
            await eventually(here.peers)
            here.publish(here.document.put("up", "u" * 900_000))
            there.publish(there.document.put("down", "d" * 900_000))
            whole = {"up": 900_000, "down": 900_000}
            await eventually(lambda: here.document.values == there.document.values == whole)

    asyncio.run(run())


def test_a_server_relays_between_its_clients_and_not_back(
    make_port: Callable[[], Any], serve: Any, eventually: Any
) -> None:
    async def run() -> None:
        hub, *rooms = [Room("plan", make_port()) for _ in range(4)]
        async with (
            serve(hub) as server,
            linked(server, rooms[0]),
            linked(server, rooms[1]),
            linked(server, rooms[2]),
        ):
            await eventually(lambda: hub.peers() == 3)
            rooms[0].publish(rooms[0].document.insert("news"))
            await eventually(lambda: all(room.document.content == "news" for room in rooms))
            assert rooms[0].document.imports == 0
            rooms[1].show(rooms[1].presence.say("p1", {"at": "step"}))
            said = {"p1": {"at": "step"}}
            await eventually(lambda: all(room.presence.states() == said for room in rooms))

    asyncio.run(run())


def test_presence_ends_with_the_connection(
    make_port: Callable[[], Any], serve: Any, eventually: Any
) -> None:
    async def run() -> None:
        here, there = Room("plan", make_port()), Room("plan", make_port())
        me = {"introduction": Introduction(peer="p1")}
        here.presence.say("p1", "here")
        async with serve(there) as server:
            async with linked(server, here, terms=me):
                await eventually(lambda: there.presence.states() == {"p1": "here"})
            await eventually(lambda: there.presence.states() == {})

    asyncio.run(run())


def test_documents_stay_equal_over_random_edits_and_cut_connections(
    make_port: Callable[[], Any], serve: Any, eventually: Any
) -> None:
    async def run() -> None:
        chance = random.Random(11)
        rooms = [Room("plan", make_port()) for _ in range(3)]
        hub = rooms[0]
        states: list[LinkState] = []
        async with (
            serve(hub) as server,
            linked(server, rooms[1], on_state=states.append) as link,
            linked(server, rooms[2]) as other,
        ):
            for step in range(200):
                room = chance.choice(rooms)
                at = chance.randint(0, len(room.document.content))
                room.publish(room.document.insert(f"{step},", at))
                if chance.random() < 0.5:
                    await asyncio.sleep(0)
                if step % 40 == 39:
                    await eventually(lambda: hub.peers() == 2)
                    await server.drop()
            await eventually(lambda: len({room.document.content for room in rooms}) == 1)
            await eventually(lambda: link.pending == other.pending == 0)
        assert [state.state for state in states].count("offline") >= 5

    asyncio.run(run())


def test_a_link_outlives_its_server(
    make_port: Callable[[], Any], serve: Any, eventually: Any
) -> None:
    async def run() -> None:
        here, there = Room("plan", make_port()), Room("plan", make_port())
        async with serve(there) as server:
            port = server.port
            link_is_open = linked(server, here)
            link = await link_is_open.__aenter__()
            await eventually(lambda: link.state.state == "live")
        await eventually(lambda: link.state.state == "offline")
        here.publish(here.document.insert("offline"))
        assert link.pending == 1
        await eventually(lambda: "cannot be reached" in link.state.detail)
        assert link.state.since > 0
        async with serve(there, port=port):
            await eventually(lambda: link.state.state == "live" and link.pending == 0)
            assert there.document.content == "offline"
            await link_is_open.__aexit__(None, None, None)

    asyncio.run(run())


def test_a_wrong_token_ends_the_link_with_a_reason(
    make_port: Callable[[], Any], serve: Any
) -> None:
    async def run() -> LinkState:
        async with serve(Room("plan", make_port())) as server:
            terms = Terms(lambda _room, _who: "write")
            link = WebSocketLink(server.url, terms, headers={"Authorization": "token wrong"})
            link.join(Room("plan", make_port()))
            async with asyncio.timeout(10):
                return await link.run()

    state = asyncio.run(run())
    assert (state.state, state.final) == ("offline", True)
    assert "403" in state.detail


def test_a_room_that_refuses_ends_the_link_with_its_reason(
    make_port: Callable[[], Any], serve: Any
) -> None:
    def admit(_room: str, who: Introduction) -> Any:
        raise ForbiddenError(f"{who.identity['name']} is not invited.")

    async def run(name: str, **terms: Any) -> str:
        async with serve(Room("plan", make_port()), **terms) as server:
            me = Terms(lambda _room, _who: "write", Introduction({"name": "Eve"}))
            link = WebSocketLink(server.url, me, headers=HEADERS)
            link.join(Room(name, make_port()))
            async with asyncio.timeout(10):
                state = await link.run()
        assert (state.state, state.final) == ("offline", True)
        return state.detail

    assert "Eve is not invited." in asyncio.run(run("plan", admit=admit))
    assert "There is no room 'other'" in asyncio.run(run("other"))


def test_an_address_that_is_none_is_an_error() -> None:
    link = WebSocketLink("http://127.0.0.1/x", Terms(lambda _room, _who: "write"))
    with pytest.raises(InvalidInputError, match="not the address of a WebSocket"):
        asyncio.run(link.run())


async def hear(socket: ClientConnection) -> Any:
    """The next message, decoded; None at the end."""
    async with asyncio.timeout(10):
        try:
            data = await socket.recv()
        except ConnectionClosed:
            return None
    return decode(data) if isinstance(data, bytes) else data


@asynccontextmanager
async def stranger(server: Any, *, join: str | None = None) -> Any:
    """A bare WebSocket, in a room if `join` names one."""
    async with connect(server.url, additional_headers=HEADERS) as socket:
        if join:
            await socket.send(encode(JoinRequest(Crdt.LORO, join, b"", b"")))
            assert isinstance(await hear(socket), JoinResponseOk)
        yield socket


async def said_until_closed(socket: Any) -> list[Any]:
    said = []
    while (frame := await hear(socket)) is not None:
        said.append(frame)
    return said


def test_a_ping_is_answered_and_other_text_is_ignored(
    make_port: Callable[[], Any], serve: Any
) -> None:
    async def run() -> None:
        async with serve(Room("plan", make_port())) as server, stranger(server) as socket:
            for text in ("hello", "pong", "ping"):
                await socket.send(text)
            assert await hear(socket) == "pong"

    asyncio.run(run())


def test_a_silent_peer_is_pinged_and_then_given_up(
    make_port: Callable[[], Any], serve: Any, eventually: Any
) -> None:
    async def run() -> None:
        limits = Limits(keepalive=0.3, silence=1.0)
        here, there = Room("plan", make_port()), Room("plan", make_port())
        async with serve(there, limits=limits) as server, linked(server, here) as link:
            async with stranger(server) as socket:
                assert await hear(socket) == "ping"
                assert (await said_until_closed(socket), socket.close_code) == ([], 1001)
            assert link.state.state == "live"

    asyncio.run(run())


@pytest.mark.parametrize("data", [b"", b"%NEW\x01r\x07", b"\x00" * 300], ids=["0", "new", "noise"])
def test_a_frame_that_is_none_ends_the_connection_with_a_reason(
    make_port: Callable[[], Any], serve: Any, data: bytes
) -> None:
    async def run() -> None:
        async with serve(Room("plan", make_port())) as server, stranger(server) as socket:
            await socket.send(data)
            assert await said_until_closed(socket) == []
            assert socket.close_code == 1002
            assert socket.close_reason

    asyncio.run(run())


def test_a_peer_that_breaks_a_rule_hears_why_and_is_disconnected(
    make_port: Callable[[], Any], serve: Any
) -> None:
    async def run() -> None:
        async with serve(Room("plan", make_port())) as server, stranger(server, join="plan") as one:
            rubbish = encode(DocUpdate(Crdt.LORO, "plan", (b"rubbish",), bytes(8)))
            for _ in range(3):
                await one.send(rubbish)
            *acks, error = await said_until_closed(one)
            refused = Ack(Crdt.LORO, "plan", bytes(8), UpdateStatus.INVALID_UPDATE)
            assert acks == [refused] * 3
            assert isinstance(error, RoomError)
            assert (one.close_code, "snapshots are not taken" in one.close_reason) == (1008, True)

    asyncio.run(run())


def test_a_peer_that_floods_is_disconnected_and_others_go_on(
    make_port: Callable[[], Any], serve: Any, eventually: Any
) -> None:
    async def run() -> None:
        limits = Limits(messages_per_second=50, burst=100)
        here, there = Room("plan", make_port()), Room("plan", make_port())
        async with serve(there, limits=limits) as server, linked(server, here):
            async with stranger(server, join="plan") as one:
                for _ in range(300):
                    with suppress(ConnectionClosed):
                        await one.send(encode(DocUpdate(Crdt.LORO, "plan", (), bytes(8))))
                said = await said_until_closed(one)
                assert Ack(Crdt.LORO, "plan", bytes(8), UpdateStatus.RATE_LIMITED) in said
                assert one.close_code == 1008
            here.publish(here.document.insert("still here"))
            await eventually(lambda: there.document.content == "still here")

    asyncio.run(run())


def test_a_peer_that_reads_too_slowly_is_given_up(
    make_port: Callable[[], Any], serve: Any, eventually: Any
) -> None:
    async def run() -> None:
        there = Room("plan", make_port())
        limits = Limits(outbox=2_000_000)
        async with serve(there, limits=limits) as server, stranger(server, join="plan"):
            for number in range(60):
                there.publish(there.document.put(str(number), "x" * 200_000))
                await asyncio.sleep(0)
            await eventually(lambda: there.peers() == 0)


def test_rooms_that_are_not_there_cannot_be_told_from_rooms_that_refuse(
    make_port: Callable[[], Any], serve: Any
) -> None:
    def admit(_room: str, _who: Introduction) -> Any:
        raise ForbiddenError("Not you.")

    async def run() -> list[Any]:
        async with (
            serve(Room("plan", make_port()), admit=admit) as server,
            stranger(server) as socket,
        ):
            for room in ("plan", "other"):
                data = encode(JoinRequest(Crdt.LORO, room, b"", b""))
                await socket.send(data)
            return [await hear(socket), await hear(socket)]

    one, other = asyncio.run(run())
    assert isinstance(one, JoinError)
    assert (one.code, one.message) == (other.code, other.message)


def test_kinds_of_rooms_that_are_not_kept_are_refused(
    make_port: Callable[[], Any], serve: Any
) -> None:
    async def run() -> Any:
        async with serve(Room("plan", make_port())) as server, stranger(server) as socket:
            data = encode(JoinRequest(Crdt.YJS, "plan", b"", b""))
            await socket.send(data)
            return await hear(socket)

    answer = asyncio.run(run())
    assert isinstance(answer, JoinError)
    assert answer.app_code == "not_found"

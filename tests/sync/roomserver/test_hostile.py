"""What the room server does about those who do not keep to the protocol."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from peerplan_jupyter.sync.roomserver.hub import Hub
from peerplan_jupyter.sync.roomserver.limits import RoomLimits
from peerplan_jupyter.sync.roomserver.relay_frames import encode_names

from ..conftest import eventually
from .conftest import Stranger, peers, serving, strangers

PUBLISH = '{"type":"publish","topic":"room","data":%s}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[1]",
        "{}",
        '{"type":5}',
        PUBLISH % "NaN",
        PUBLISH % "1e999",
        PUBLISH % ("1" * 10_000),
        PUBLISH % ("[" * 60_000),
        PUBLISH % ("[" * 30_000 + "]" * 30_000),
        '{"type":"publish","topic":["room"],"data":1}',
        '{"type":"publish","topic":"room","data":1,"to":{}}',
        '{"type":"subscribe","topics":"room"}',
        '{"type":"subscribe","topics":[{}]}',
        '{"type":"subscribe","topics":[""]}',
        '{"type":"subscribe","topics":["\\ud800"]}',
        '{"type":"subscribe","topics":["%s"]}' % ("é" * 65),
        '{"type":"join","topic":"room"}',
        '{"type":"join","topic":"room","id":7}',
        '{"type":"join","topic":"room","id":"%s"}' % ("x" * 65),
        '{"type":"join","topic":"room","id":"A","secret":null}',
    ],
    ids=lambda text: text[:60],
)
def test_what_is_no_message_ends_the_connection_with_a_reason(text: str) -> None:
    async def run() -> None:
        async with serving() as server, strangers(server.url, 2) as [one, other]:
            await one.subscribed("room")
            await other.subscribed("room")
            await one.socket.send(text)
            error, code = await one.hear_rest()
            assert (error["type"], error["code"], code) == ("error", "protocol", 1008)
            await other.synced()

    asyncio.run(run())


def test_types_that_are_not_known_are_left_alone() -> None:
    async def run() -> None:
        async with serving() as server, strangers(server.url) as [one]:
            await one.say("pong")
            await one.say("something new", with_fields=[1])
            await one.synced()

    asyncio.run(run())


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\x04roo",
        b"\x04room",
        b"\x04room\x05A",
        b"\x02\xff\xfe\x01A",
        b"\xff\xff\xff\x7f",
        b"\xff",
        encode_names("another", "A") + b"x",
    ],
)
def test_what_is_no_frame_ends_the_connection_with_a_reason(frame: bytes) -> None:
    async def run() -> None:
        async with serving() as server, strangers(server.url) as [one]:
            await one.joined("room", "A")
            await one.socket.send(frame)
            error, code = await one.hear_rest()
            assert (error["code"] in {"protocol", "forbidden"}, code) == (True, 1008)

    asyncio.run(run())


def test_messages_that_are_too_large_are_not_parsed() -> None:
    async def run(data: Any) -> Any:
        async with serving() as server, strangers(server.url) as [one]:
            await one.joined("room", "A")
            await one.socket.send(data)
            return await one.hear_rest()

    too_large = [("error", "too_large"), 1009]
    for data in (
        PUBLISH % ('"' + "x" * 65_536 + '"'),
        PUBLISH % ('"' + "é" * 32_768 + '"'),
        encode_names("room", "B") + bytes(256 * 1024 + 512),
    ):
        *errors, code = asyncio.run(run(data))
        assert [(one["type"], one["code"]) for one in errors] + [code] == too_large
    assert asyncio.run(run(bytes(2_000_000))) == [1009]


def test_the_largest_messages_pass() -> None:
    async def run() -> None:
        async with serving() as server, peers(server.url, "A", "B") as [a, b]:
            assert a.client.publish("x" * 65_000)
            await a.client.send_frame("B", bytes(256 * 1024))
            await eventually(lambda: len(b.heard) == 2)
            assert b.heard == [("A", "x" * 65_000), ("A", bytes(256 * 1024))]

    asyncio.run(run())


def test_who_floods_is_read_more_slowly_and_others_go_on() -> None:
    async def run() -> None:
        limits = RoomLimits(messages_per_second=200, message_burst=20)
        async with serving(Hub(limits)) as server, strangers(server.url, 2) as [one, other]:
            await one.subscribed("flood")
            await other.subscribed("room")
            for _ in range(200):
                await one.socket.send('{"type":"ping"}')
            await one.say("publish", topic="flood", data="the last")
            for _ in range(5):
                await other.synced()
            answers = [await one.hear() for _ in range(30)]
            assert answers == [{"type": "pong"}] * 30
            assert server.hub.metrics.throttled.collect()[0].samples[0].value > 0
            assert len(server.hub.connections) == 2

    asyncio.run(run())


def test_who_sends_too_many_bytes_is_read_more_slowly() -> None:
    async def run() -> None:
        limits = RoomLimits(bytes_per_second=100_000, byte_burst=100_000)
        async with serving(Hub(limits)) as server, peers(server.url, "A", "B") as [a, b]:
            await a.client.send_frame("B", bytes(90_000))
            await a.client.send_frame("B", bytes(30_000))
            await eventually(lambda: len(b.heard) == 2)
            assert server.hub.metrics.throttled.collect()[0].samples[0].value > 0

    asyncio.run(run())


def test_who_floods_with_pings_is_put_out() -> None:
    async def run() -> None:
        hub = Hub(RoomLimits(pings_per_second=1, ping_burst=10))
        async with serving(hub) as server, strangers(server.url, 2) as [one, other]:
            with suppress(ConnectionClosed):
                for _ in range(1000):
                    await one.socket.ping()
            assert (await one.hear_rest())[-1] == 1008
            await other.synced()

    asyncio.run(run())


async def never_reads(port: int) -> socket.socket:
    """A socket that joined as B, and whose owner does not read what comes."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(plain, ("127.0.0.1", port))
    request = (
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await loop.sock_sendall(plain, request.encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += await loop.sock_recv(plain, 1)
    join = json.dumps({"type": "join", "topic": "room", "id": "B"}).encode()
    await loop.sock_sendall(plain, bytes([0x81, 0x80 | len(join), 0, 0, 0, 0]) + join)
    return plain


@pytest.mark.parametrize("by_frames", [True, False])
def test_who_does_not_read_is_cut_off_and_others_go_on(by_frames: bool) -> None:
    async def run() -> None:
        limits = RoomLimits(
            outbox=400_000, patience=0.2, byte_burst=100_000_000, message_burst=10_000
        )
        async with serving(Hub(limits)) as server, peers(server.url, "A", "C") as [a, c]:
            slow = await never_reads(server.port)
            await eventually(lambda: "B" in server.hub.rooms["room"].members)
            while "B" not in a.gone:
                if by_frames:
                    await a.client.send_frame("B", bytes(60_000))
                else:
                    a.client.publish("x" * 60_000)
                    await asyncio.sleep(0.001)
            a.client.publish("still here", "C")
            await eventually(lambda: ("A", "still here") in c.heard)
            assert list(server.hub.rooms["room"].members) == ["A", "C"]
            slow.close()

    asyncio.run(run())


def test_a_thousand_peers_hear_one() -> None:
    async def run() -> None:
        hub = Hub(RoomLimits(connections_per_address=0, members=1000))
        async with serving(hub) as server:
            everybody: list[Stranger] = []
            for _ in range(20):
                opened = await asyncio.gather(*(connect(server.url) for _ in range(50)))
                everybody += [Stranger(one) for one in opened]
            await asyncio.gather(*(one.subscribed("room") for one in everybody))
            await everybody[0].say("publish", topic="room", data="hello")
            heard = await asyncio.gather(*(one.hear() for one in everybody))
            assert [one["clients"] for one in heard] == [1000] * 1000
            await asyncio.gather(*(one.socket.close() for one in everybody))
            await eventually(lambda: not hub.rooms and not hub.connections)

    asyncio.run(run())


def test_an_id_belongs_to_the_first_who_joined_with_it() -> None:
    async def run() -> None:
        async with serving() as server, strangers(server.url, 3) as [one, thief, sender]:
            await one.joined("room", "A", secret="s3cret")
            await thief.say("join", topic="room", id="A")
            error, code = await thief.hear_rest()
            assert (error["code"], code) == ("taken", 1008)
            async with strangers(server.url) as [guesser]:
                await guesser.say("join", topic="room", id="A", secret="guess")
                assert (await guesser.hear_rest())[0]["code"] == "taken"
            await sender.joined("room", "B")
            await sender.say("publish", topic="room", data="for A", to="A")
            assert (await one.hear())["data"] == "for A"

    asyncio.run(run())


def test_who_comes_again_with_its_secret_replaces_its_old_socket() -> None:
    async def run() -> None:
        async with serving() as server, strangers(server.url, 3) as [old, new, other]:
            await other.joined("room", "B")
            await old.joined("room", "A", secret="s3cret")
            await new.joined("room", "A", secret="s3cret")
            error, code = await old.hear_rest()
            assert (error["code"], code) == ("replaced", 1008)
            await other.say("publish", topic="room", data="for A", to="A")
            assert (await new.hear())["from"] == "B"
            await other.synced()

    asyncio.run(run())


def test_a_socket_has_one_id_in_a_room() -> None:
    async def run() -> None:
        async with serving() as server, strangers(server.url) as [one]:
            await one.joined("room", "A")
            await one.joined("room", "A")
            await one.joined("other room", "B")
            await one.say("join", topic="room", id="B")
            assert (await one.hear_rest())[0]["code"] == "forbidden"

    asyncio.run(run())


def test_nobody_speaks_in_a_room_that_they_are_not_in_or_as_somebody_else() -> None:
    async def run() -> None:
        async with serving() as server, strangers(server.url, 3) as [one, other, outside]:
            await one.joined("room", "A")
            await other.joined("room", "B")
            await outside.subscribed("another")
            await outside.say("publish", topic="room", data="from outside")
            await outside.say("publish", topic="room", data="from outside", to="A")
            await outside.synced()
            await other.say("publish", topic="room", data="x", **{"from": "A", "clients": 99})
            await other.hear()
            sent = {"type": "publish", "topic": "room", "data": "x", "from": "B", "clients": 2}
            assert await one.hear() == sent
            await outside.socket.send(encode_names("room", "A") + b"x")
            assert (await outside.hear_rest())[0]["code"] == "forbidden"
            await one.synced()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("limits", "topics"),
    [
        (RoomLimits(topics=2), ["a", "b", "c"]),
        (RoomLimits(rooms=1), ["held", "b"]),
        (RoomLimits(members=1), ["held"]),
    ],
    ids=["topics", "rooms", "members"],
)
def test_what_is_full_takes_nobody_more(limits: RoomLimits, topics: list[str]) -> None:
    async def run() -> None:
        async with serving(Hub(limits)) as server, strangers(server.url, 2) as [one, other]:
            await one.subscribed("held")
            await one.subscribed("held")
            await other.say("subscribe", topics=topics)
            error, code = await other.hear_rest()
            assert (error["code"], code) == ("crowded", 1013)
            await one.synced()
            assert list(server.hub.rooms) == ["held"]

    asyncio.run(run())


def test_a_socket_without_a_topic_is_closed_after_a_while() -> None:
    async def run() -> None:
        hub = Hub(RoomLimits(unused=0.01))
        async with serving(hub) as server, strangers(server.url, 2) as [one, other]:
            await one.subscribed("room")
            await other.synced()
            await asyncio.sleep(0.02)
            hub.sweep()
            assert [(await other.hear())["code"], await other.hear()] == ["unused", 1008]
            await one.synced()

    asyncio.run(run())


def test_who_answers_no_ping_is_closed() -> None:
    async def run() -> None:
        hub = Hub(RoomLimits(ping=0.2))
        async with serving(hub) as server, peers(server.url, "A") as [a]:
            dead = await never_reads(server.port)
            await eventually(lambda: "B" in hub.rooms["room"].members)
            await eventually(lambda: a.gone == ["B"])
            assert a.live
            dead.close()

    asyncio.run(run())


def test_who_speaks_to_many_is_held_to_what_they_all_get() -> None:
    async def run() -> None:
        limits = RoomLimits(bytes_per_second=1_000_000, byte_burst=100_000)
        async with serving(Hub(limits)) as server, strangers(server.url, 11) as [one, *others]:
            for each in (one, *others):
                await each.subscribed("room")
            await one.say("publish", topic="room", data="x" * 20_000)
            assert (await one.hear())["clients"] == 11
            await one.synced()
            assert server.hub.metrics.throttled.collect()[0].samples[0].value > 0.1

    asyncio.run(run())


def test_when_too_much_waits_for_everybody_the_slow_are_cut_off() -> None:
    async def run() -> None:
        limits = RoomLimits(outboxes=300_000, patience=20, byte_burst=100_000_000)
        async with serving(Hub(limits)) as server, peers(server.url, "A", "C") as [a, c]:
            slow = await never_reads(server.port)
            await eventually(lambda: "B" in server.hub.rooms["room"].members)
            while "B" not in a.gone:
                a.client.publish("x" * 60_000, "B")
                await asyncio.sleep(0.001)
            a.client.publish("still here", "C")
            await eventually(lambda: ("A", "still here") in c.heard)
            await eventually(lambda: server.hub.total.waiting == 0)
            slow.close()

    asyncio.run(run())


def test_a_socket_that_closes_while_it_waits_enters_nothing() -> None:
    async def run() -> None:
        hub = Hub(RoomLimits(messages_per_second=5, message_burst=1))
        async with serving(hub) as server, strangers(server.url) as [one]:
            await one.socket.send('{"type":"ping"}')
            await one.say("join", topic="room", id="A")
            assert await one.hear() == {"type": "pong"}
            for connection in list(hub.connections):
                connection.cut()
            assert isinstance((await one.hear_rest())[-1], int)
            await asyncio.sleep(0.4)
            assert not hub.rooms
            assert not hub.connections

    asyncio.run(run())

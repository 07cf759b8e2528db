"""What the room server does for peers that keep to the protocol."""

from __future__ import annotations

import asyncio

from ..conftest import eventually
from .conftest import peers, serving, strangers


def test_what_is_published_reaches_all_subscribers_and_the_sender() -> None:
    async def run() -> None:
        async with serving() as server, strangers(server.url, 3) as [one, two, other]:
            await one.subscribed("room")
            await two.subscribed("room", "more")
            await other.subscribed("more")
            await one.say("publish", topic="room", data={"any": ["thing", None]})
            expected = {
                "type": "publish",
                "topic": "room",
                "data": {"any": ["thing", None]},
                "clients": 2,
            }
            assert await one.hear() == await two.hear() == expected
            await other.synced()

    asyncio.run(run())


def test_who_unsubscribed_hears_nothing_more() -> None:
    async def run() -> None:
        async with serving() as server, strangers(server.url, 2) as [one, two]:
            await one.subscribed("room")
            await two.subscribed("room")
            await two.say("unsubscribe", topics=["room", "never"])
            await two.synced()
            await one.say("publish", topic="room", data="x")
            assert (await one.hear())["clients"] == 1
            await two.synced()
            assert list(server.hub.rooms) == ["room"]
            await one.say("unsubscribe", topics=["room"])
            await one.synced()
            assert server.hub.rooms == {}

    asyncio.run(run())


def test_signals_go_to_everybody_else_or_to_one() -> None:
    async def run() -> None:
        async with serving() as server, peers(server.url, "A", "B", "C") as [a, b, c]:
            assert a.client.publish("hello")
            assert a.client.publish("only you", "B")
            await eventually(lambda: len(b.heard) == 2 and len(c.heard) == 1)
            assert b.heard == [("A", "hello"), ("A", "only you")]
            assert c.heard == [("A", "hello")]
            assert c.client.publish("back", "A")
            await eventually(lambda: a.heard == [("C", "back")])

    asyncio.run(run())


def test_frames_are_relayed_under_the_senders_id_to_one_peer() -> None:
    async def run() -> None:
        async with serving() as server, peers(server.url, "A", "B", "C") as [a, b, c]:
            payloads = [bytes([number]) * size for number, size in enumerate((0, 1, 200, 16_384))]
            for payload in payloads:
                await a.client.send_frame("B", payload)
            await eventually(lambda: len(b.heard) == len(payloads))
            assert b.heard == [("A", payload) for payload in payloads]
            assert c.heard == []

    asyncio.run(run())


def test_signals_and_frames_keep_their_order() -> None:
    async def run() -> None:
        async with serving() as server, peers(server.url, "A", "B") as [a, b]:
            sent = [f"{number}" if number % 3 else bytes([number]) for number in range(99)]
            for one in sent:
                if isinstance(one, bytes):
                    await a.client.send_frame("B", one)
                else:
                    a.client.publish(one, "B" if len(one) > 1 else None)
            await eventually(lambda: len(b.heard) == len(sent))
            assert [one for _, one in b.heard] == sent

    asyncio.run(run())


def test_members_hear_who_is_gone() -> None:
    async def run() -> None:
        async with serving() as server, peers(server.url, "A", "B") as [a, b]:
            async with peers(server.url, "C"):
                pass
            await eventually(lambda: a.gone == b.gone == ["C"])

    asyncio.run(run())


def test_who_sends_to_nobody_hears_that_they_are_gone() -> None:
    async def run() -> None:
        async with serving() as server, peers(server.url, "A") as [a]:
            a.client.publish("are you there?", "ghost")
            await a.client.send_frame("phantom", b"?")
            await eventually(lambda: a.gone == ["ghost", "phantom"])

    asyncio.run(run())

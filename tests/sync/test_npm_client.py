"""The published npm client, unmodified, against our server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from peerplan_jupyter.errors import ForbiddenError
from peerplan_jupyter.sync.frames import UpdateStatus
from peerplan_jupyter.sync.introduction import Introduction
from peerplan_jupyter.sync.room import Room


@pytest.fixture
def meet(make_port: Callable[[], Any], serve: Any, start_node: Any) -> Any:
    """`async with meet() as (room, client)`: a room of ours and an npm client, not yet in it."""

    @asynccontextmanager
    async def _meet(**terms: Any) -> Any:
        room = Room("plan", make_port())
        async with (
            serve(room, **terms) as server,
            start_node("client.mjs", server.browser_url) as client,
        ):
            yield room, client

    return _meet


def test_it_gets_what_was_there_and_gives_what_it_had(meet: Any, eventually: Any) -> None:
    async def run() -> None:
        async with meet() as (room, client):
            room.document.insert("ours ")
            await client.do("insert", at=0, text="theirs ")
            await client.do("join", room="plan")
            await eventually(lambda: "theirs" in room.document.content)
            assert sorted(room.document.content.split()) == ["ours", "theirs"]
            await client.do("until", part="content", expected=room.document.content)

    asyncio.run(run())


def test_changes_travel_live_both_ways(meet: Any, eventually: Any) -> None:
    async def run() -> None:
        async with meet() as (room, client):
            await client.do("join", room="plan")
            room.publish(room.document.insert("🙂 from Python"))
            await client.do("until", part="content", expected="🙂 from Python")
            await client.do("insert", at=2, text=" and JavaScript")
            await eventually(lambda: room.document.content == "🙂 and JavaScript from Python")

    asyncio.run(run())


def test_900_kb_travel_both_ways_live_and_as_what_was_there(meet: Any, eventually: Any) -> None:
    async def run() -> None:
        async with meet() as (room, client):
            room.document.put("before", "b" * 900_000)
            await client.do("join", room="plan")
            await client.do("until", part="values", expected={"before": 900_000})
            await client.do("fill", key="up", size=900_000)
            await eventually(lambda: room.document.values.get("up") == 900_000)
            room.publish(room.document.put("z", "d" * 900_000))
            whole = {"before": 900_000, "up": 900_000, "z": 900_000}
            await client.do("until", part="values", expected=whole)
            assert (await client.do("shape"))["refused"] == []

    asyncio.run(run())


def test_presence_is_heard_both_ways_and_forgotten(meet: Any, eventually: Any) -> None:
    async def run() -> None:
        async with meet() as (room, client):
            room.show(room.presence.say("python", {"at": "step 1"}))
            await client.do("join", room="plan")
            await client.do("until", part="presence", expected={"python": {"at": "step 1"}})
            await client.do("present", key="node", value={"name": "Ada", "typing": True})
            said = {"name": "Ada", "typing": True}
            await eventually(lambda: room.presence.states().get("node") == said)
            await client.do("absent", key="node")
            await eventually(lambda: "node" not in room.presence.states())
            room.show(room.presence.silence("python"))
            await client.do("until", part="presence", expected={})

    asyncio.run(run())


def test_a_ping_is_answered(meet: Any) -> None:
    async def run() -> None:
        async with meet() as (_, client):
            await client.do("join", room="plan")
            await client.do("ping")

    asyncio.run(run())


def test_two_of_them_meet_through_our_server(meet: Any, start_node: Any, eventually: Any) -> None:
    async def run() -> None:
        async with (
            meet() as (room, client),
            start_node("client.mjs", *client.arguments) as other,
        ):
            await client.do("join", room="plan")
            await other.do("join", room="plan")
            await client.do("insert", at=0, text="relayed")
            await other.do("until", part="content", expected="relayed")
            await client.do("present", key="one", value=1)
            await other.do("until", part="presence", expected={"one": 1})
            assert room.document.content == "relayed"

    asyncio.run(run())


def test_it_hears_that_it_is_not_admitted(meet: Any) -> None:
    def admit(_room: str, who: Introduction) -> Any:
        if who.raw != b"secret":
            raise ForbiddenError("The secret is wrong.")
        return "write"

    async def run() -> None:
        async with meet(admit=admit) as (_, client):
            with pytest.raises(AssertionError, match=r"2 - The secret is wrong\."):
                await client.do("join", room="plan", auth="guess")
            await client.do("join", room="plan", auth="secret")

    asyncio.run(run())


def test_a_reader_gets_changes_and_hears_that_it_cannot_make_any(
    meet: Any, eventually: Any
) -> None:
    async def run() -> None:
        async with meet(admit=lambda _room, _who: "read") as (room, client):
            await client.do("join", room="plan")
            room.publish(room.document.insert("to read"))
            await client.do("until", part="content", expected="to read")
            await client.do("insert", at=0, text="not ")
            denied = [int(UpdateStatus.PERMISSION_DENIED)]
            await client.do("until", part="refused", expected=denied)
            assert room.document.content == "to read"

    asyncio.run(run())


def test_it_joins_again_after_the_connection_was_cut(
    make_port: Callable[[], Any], serve: Any, start_node: Any, eventually: Any
) -> None:
    async def run() -> None:
        room = Room("plan", make_port())
        async with (
            serve(room) as server,
            start_node("client.mjs", server.browser_url) as client,
        ):
            await client.do("join", room="plan")
            await server.drop()
            await eventually(lambda: room.peers() == 0)
            room.publish(room.document.insert("missed"))
            await client.do("until", part="content", expected="missed")

    asyncio.run(run())

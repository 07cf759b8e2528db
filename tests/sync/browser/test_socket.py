"""The browser's sessions over a WebSocket, in Node, against a Python server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from peerplan_jupyter.sync.room import Room

from ..conftest import DocPort


def test_documents_and_presence_go_both_ways(
    make_port: Callable[[], DocPort], serve: Any, start_peer: Any, eventually: Any
) -> None:
    async def run() -> None:
        document = make_port()
        room = Room("plan", document)
        document.insert("ours ")
        room.show(room.presence.say("python", {"at": "step 1"}))
        async with serve(room) as server, start_peer(server.browser_url) as peer:
            await peer.do("insert", at=0, text="theirs ")
            await peer.do("join")
            await eventually(lambda: "theirs" in document.content)
            await peer.do("until", part="content", expected=document.content)
            room.publish(document.insert("🙂"))
            await peer.do("until", part="content", expected=document.content)
            await peer.do("present", value={"name": "Ada"})
            await eventually(lambda: room.presence.states().get("node") == {"name": "Ada"})
            both = {"python": {"at": "step 1"}, "node": {"name": "Ada"}}
            await peer.do("until", part="presence", expected=both)

    asyncio.run(run())


def test_900_kb_go_both_ways_in_fragments_of_either_size(
    make_port: Callable[[], DocPort], serve: Any, start_peer: Any, eventually: Any
) -> None:
    async def run() -> None:
        document = make_port()
        room = Room("plan", document)
        document.put("before", "b" * 900_000)
        async with serve(room) as server, start_peer(server.browser_url) as peer:
            await peer.do("join")
            await peer.do("until", part="values", expected={"before": 900_000})
            await peer.do("fill", key="up", size=900_000)
            await eventually(lambda: document.values.get("up") == 900_000)
            room.publish(document.put("z", "d" * 900_000))
            whole = {"before": 900_000, "up": 900_000, "z": 900_000}
            await peer.do("until", part="values", expected=whole)

    asyncio.run(run())


def test_what_was_missed_comes_with_the_next_join(
    make_port: Callable[[], DocPort], serve: Any, start_peer: Any, eventually: Any
) -> None:
    async def run() -> None:
        document = make_port()
        room = Room("plan", document)
        async with serve(room) as server, start_peer(server.browser_url) as peer:
            await peer.do("join")
            await peer.do("until", part="room", expected=1)
            await server.drop()
            await peer.do("until", part="room", expected=0)
            await eventually(lambda: room.peers() == 0)
            room.publish(document.insert("missed "))
            await peer.do("insert", at=0, text="offline ")
            await peer.do("join")
            await eventually(lambda: "offline" in document.content)
            await peer.do("until", part="content", expected=document.content)

    asyncio.run(run())

"""The published npm client, unmodified, in Chromium, over a data channel to a room of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from peerplan_jupyter.sync.connection import GONE, Connection
from peerplan_jupyter.sync.events import Role
from peerplan_jupyter.sync.introduction import Terms
from peerplan_jupyter.sync.limits import Limits
from peerplan_jupyter.sync.room import Room
from peerplan_jupyter.sync.transports.webrtc import Settings

from .conftest import MOSTLY_AIORTC
from .ends import End, link_with

LIMITS = Limits(fragment=15_000)


@MOSTLY_AIORTC
def test_it_is_kept_equal_live_with_presence_and_600_kb_that_were_there(
    page: End, settings: Settings, make_port: Callable[[], Any], eventually: Callable[..., Any]
) -> None:
    async def ask(command: str, **rest: Any) -> Any:
        return await asyncio.to_thread(partial(page.ask, command, **rest))

    async def until(part: str, expected: Any) -> None:
        async with asyncio.timeout(30):
            while (await ask("shape"))[part] != expected:
                await asyncio.sleep(0.02)

    async def run() -> None:
        room = Room("plan", make_port())
        room.document.put("before", "b" * 600_000)
        room.document.insert("ours ")
        terms = Terms(admit=lambda _room, _who: "write", limits=LIMITS)
        connection = Connection(Role.RECEIVER, terms, open_room=lambda _: room)
        async with link_with(page, offers=True, settings=settings) as link:
            await link.opened()
            await page.until("open")
            await ask("npm")
            running = asyncio.create_task(connection.run(link.control.receive, link.control.send))
            await ask("join", room="plan")
            await until("values", {"before": 600_000})

            await ask("insert", text="theirs ")
            await eventually(lambda: room.document.content == "theirs ours ")
            room.publish(room.document.insert("live "))
            await until("content", "live theirs ours ")
            await ask("put", key="up", size=600_000)
            await eventually(lambda: room.document.values.get("up") == 600_000)

            room.show(room.presence.say("python", {"at": "step 1"}))
            await until("presence", {"python": {"at": "step 1"}})
            await ask("present", key="page", value="reading")
            await eventually(lambda: room.presence.states().get("page") == "reading")

            page.do("close")
            assert await running == GONE

    asyncio.run(run())

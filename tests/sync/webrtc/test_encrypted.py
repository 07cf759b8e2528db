"""%ELO over a data channel: the published client and the browser's, to a room of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from peerplan_jupyter.sync.connection import Connection
from peerplan_jupyter.sync.encryption import EncryptedRoom
from peerplan_jupyter.sync.events import Role
from peerplan_jupyter.sync.introduction import Terms
from peerplan_jupyter.sync.limits import Limits
from peerplan_jupyter.sync.room import Room
from peerplan_jupyter.sync.transports.webrtc import Settings

from ..blind import DERIVED, KEY, ROOM, SHARED
from ..conftest import DocPort, eventually
from .conftest import MOSTLY_AIORTC
from .ends import End, link_with

LIMITS = Limits(fragment=15_000)
Ask = Callable[..., Any]


@asynccontextmanager
async def linked(page: End, settings: Settings, room: Room) -> AsyncIterator[Ask]:
    """Serves a room over a data channel to a page; runs a command there."""

    async def ask(command: str, **given: Any) -> Any:
        return await asyncio.to_thread(partial(page.ask, command, **given))

    terms = Terms(admit=lambda _room, _who: "write", limits=LIMITS)
    connection = Connection(Role.RECEIVER, terms, open_room=lambda _: room)
    async with link_with(page, offers=True, settings=settings) as link:
        await link.opened()
        await page.until("open")
        running = asyncio.create_task(connection.run(link.control.receive, link.control.send))
        yield ask
        page.do("close")
        await running


@MOSTLY_AIORTC
def test_the_published_client_is_kept_equal(page: End, settings: Settings) -> None:
    async def run() -> None:
        port = DocPort()
        room = EncryptedRoom(ROOM, port, key=KEY)
        port.insert("ours ")
        port.put("before", "b" * 300_000)
        async with linked(page, settings, room) as ask:

            async def until(part: str, expected: Any) -> None:
                async with asyncio.timeout(30):
                    while (await ask("shape"))[part] != expected:
                        await asyncio.sleep(0.02)

            await ask("npm")
            await ask("join_encrypted", **DERIVED)
            await until("values", {"before": 300_000})
            await ask("insert", text="theirs ")
            await eventually(lambda: port.content == "theirs ours ")
            room.publish(port.insert("live "))
            await until("content", "live theirs ours ")

    asyncio.run(run())


@MOSTLY_AIORTC
def test_the_browsers_room_is_kept_equal(page: End, settings: Settings) -> None:
    async def run() -> None:
        port = DocPort()
        room = EncryptedRoom(ROOM, port, key=KEY)
        port.insert("ours ")
        port.put("before", "b" * 300_000)
        async with linked(page, settings, room) as ask:

            async def do(command: str, **given: Any) -> None:
                answer = await ask("peer", given={"do": command, **given})
                assert "error" not in answer, answer["error"]

            await ask("ours")
            await do("join_encrypted", **SHARED)
            await do("until", part="values", expected={"before": 300_000})
            await do("insert", at=0, text="theirs ")
            await eventually(lambda: port.content == "theirs ours ")
            room.publish(port.insert("live "))
            await do("until", part="content", expected="live theirs ours ")
            await do("fill", key="up", size=300_000)
            await eventually(lambda: port.values.get("up") == 300_000)
            await do("present", value={"at": "step 1"})
            await eventually(lambda: room.presence.states().get("page") == {"at": "step 1"})
            room.show(room.presence.say("python", {"at": "step 2"}))
            both = {"page": {"at": "step 1"}, "python": {"at": "step 2"}}
            await do("until", part="presence", expected=both)

    asyncio.run(run())

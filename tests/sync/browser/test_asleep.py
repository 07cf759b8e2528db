"""Pages that sleep, and whose clocks jump."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from ..mesh.conftest import gathering
from .conftest import PagePeer, Play, enter, given
from .test_pages import NO_WEBRTC

pytestmark = pytest.mark.timeout(180)


@asynccontextmanager
async def frozen(page: PagePeer) -> AsyncIterator[None]:
    """Runs nothing of the page, neither timers nor events, as Chromium does with tabs that nobody
    looks at; a headless one never thinks that nobody looks.
    """
    session = await page.page.context.new_cdp_session(page.page)
    stopped = asyncio.Event()
    session.on("Debugger.paused", lambda _: stopped.set())
    await session.send("Debugger.enable")
    await session.send("Debugger.pause")
    await stopped.wait()
    try:
        yield
    finally:
        await session.send("Debugger.resume")
        await session.detach()


@pytest.mark.parametrize("path", ["direct", "relay"])
def test_a_page_that_was_frozen_comes_back_equal_and_to_its_room(
    browsing: Any, path: str, play: Play
) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            scripts = [NO_WEBRTC] if path == "relay" else []
            ada = await enter(await browser.page(), given(home, "Ada"))
            context = await browser.context(*scripts)
            bob = await enter(await browser.page(context), given(home, "Bob", "reviewer"))
            await bob.do("put", "before", "x")
            await ada.has(before=1)
            async with frozen(bob):
                await ada.do("put", "missed", "y" * 50_000)
                await ada.until(lambda state: state["connection"]["peers"] == 0, 60)
                await home.stop_servers()
                await home.start_servers()
                await ada.do("put", "later", "z")
            await bob.has(before=1, missed=50_000, later=1)
            await bob.do("put", "after", "x")
            await ada.has(before=1, missed=50_000, later=1, after=1)
            state = await bob.until(lambda state: state["members"][0]["path"] == path, 60)
            assert len(state["present"]) == 2
            cem = await enter(await browser.page(), given(home, "Cem", "viewer"))
            await bob.until(lambda state: cem.me in state["present"])
            assert ada.errors == bob.errors == []

    play(run())


@pytest.mark.parametrize("path", ["direct", "relay"])
def test_a_page_whose_machine_slept_for_a_day_goes_on(browsing: Any, path: str, play: Play) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            scripts = [NO_WEBRTC] if path == "relay" else []
            ada = await enter(await browser.page(), given(home, "Ada"))
            page = await browser.page(await browser.context(*scripts))
            await page.page.clock.install()
            bob = await enter(page, given(home, "Bob", "reviewer"))
            await bob.do("put", "before", "x")
            await ada.has(before=1)
            await page.page.clock.fast_forward("24:00:00")
            await ada.do("put", "missed", "y")
            await bob.has(before=1, missed=1)
            await bob.do("put", "after", "x")
            await ada.has(before=1, missed=1, after=1)
            for one in (ada, bob):
                await one.until(lambda state: len(state["present"]) == 2)
                assert one.errors == []

    play(run())


@pytest.mark.parametrize("days", [-1, 1])
def test_pages_whose_clocks_are_a_day_apart_see_each_other(
    browsing: Any, days: int, play: Play
) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            ada = await enter(await browser.page(), given(home, "Ada"))
            page = await browser.page()
            await page.page.clock.install(time=datetime.now().astimezone() + timedelta(days=days))
            bob = await enter(page, given(home, "Bob", "reviewer"))
            await bob.do("put", "one", "x")
            await ada.has(one=1)
            for one in (ada, bob):
                await one.until(lambda state: len(state["present"]) == 2)

    play(run())

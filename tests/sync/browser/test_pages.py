"""Pages of a real Chromium with each other: direct, relayed, in one browser, and by hand."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ..mesh.conftest import gathering
from .conftest import enter, given

pytestmark = pytest.mark.timeout(120)
NO_WEBRTC = "delete globalThis.RTCPeerConnection"


def test_two_browsers_meet_directly_and_each_gets_what_the_other_has(browsing: Any) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            ada = await enter(await browser.page(), given(home, "Ada"))
            await ada.do("put", "one", "x")
            bob = await enter(await browser.page(), given(home, "Bob", "reviewer"))
            await bob.do("put", "two", "y" * 100_000)
            state = await ada.has(one=1, two=100_000)
            await bob.has(one=1, two=100_000)
            assert state["connection"]["state"] == "live"
            assert state["connection"]["path"] == "direct"
            assert [one["identity"]["name"] for one in state["members"]] == ["Bob"]
            assert ada.errors == bob.errors == []

    asyncio.run(run())


def test_without_webrtc_they_meet_through_the_relay(browsing: Any) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            context = await browser.context(NO_WEBRTC)
            ada = await enter(await browser.page(context), given(home, "Ada"))
            bob = await enter(await browser.page(), given(home, "Bob", "reviewer"))
            await ada.do("put", "one", "x" * 300_000)
            await bob.has(one=300_000)
            state = await ada.until(lambda state: state["connection"]["peers"] == 1)
            assert state["connection"]["state"] == "relay"
            assert ada.errors == bob.errors == []

    asyncio.run(run())

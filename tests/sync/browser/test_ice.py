"""Pages of a real Chromium whose STUN and TURN servers fail."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from peerplan_jupyter.sync.invitation import issue

from ...support.ice import IceServer, host_address, ice_server, refusing, silent
from ..mesh.conftest import PLAN, Gathering, gathering
from .conftest import Play, enter, given

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(not host_address(), reason="no network address but loopback"),
]


def told(home: Gathering, server: dict[str, Any]) -> dict[str, Any]:
    """A reviewer whose invitation names a server for ICE."""
    made = issue(home.key, home.secret, PLAN, "reviewer", servers=home.servers, ice=[server])
    return given(home, "Bob", "reviewer") | {"fragment": made.fragment()}


def test_a_wrong_password_of_a_turn_server_is_told_where_no_direct_link_opens(
    browsing: Any, play: Play
) -> None:
    """Chromium asks no TURN server any more once it is linked."""

    async def run(server: IceServer) -> None:
        async with gathering() as home, browsing() as browser:
            relayed = await browser.context("delete globalThis.RTCPeerConnection")
            ada = await enter(await browser.page(relayed), given(home, "Ada"))
            turn = {"urls": f"turn:{server.address}", "username": "user", "credential": "wrong"}
            bob = await enter(await browser.page(), told(home, turn))
            state = await bob.until(lambda state: "TURN" in state["connection"]["detail"])
            said = state["connection"]["detail"]
            assert f"The TURN server turn:{server.address}" in said
            assert "its username or credential is wrong or has expired (401" in said
            await bob.until(lambda state: state["connection"]["state"] == "relay")
            assert server.asked > 1
            assert ada.errors == bob.errors == []

    with ice_server(refusing) as server:
        play(run(server))


def test_an_introduction_by_hand_does_not_wait_for_a_stun_server_that_is_silent(
    browsing: Any, play: Play
) -> None:
    """Chromium looks for paths for 39 s then."""

    async def run(server: IceServer) -> None:
        async with gathering() as home, browsing() as browser:
            stun = told(home, {"urls": f"stun:{server.address}"}) | {"local": False}
            bob = await enter(await browser.page(), stun)
            ada = await enter(await browser.page(), given(home, "Ada") | {"servers": []})
            async with asyncio.timeout(20):
                first = await bob.do("introduce")
            assert server.asked > 0
            await bob.do("answered", await ada.do("answer", first))
            await ada.do("linked")
            await bob.do("put", "one", "x")
            await ada.has(one=1)

    with ice_server(silent) as server:
        play(run(server))


def test_a_channel_whose_queue_is_full_is_closed_and_says_so(browsing: Any, play: Play) -> None:
    """Chromium throws at 16 MiB; what was not sent would be missing."""

    async def run() -> None:
        async with browsing() as browser:
            page = await browser.page()
            assert await page.do("pour") == {"told": "unreachable", "closed": True}

    play(run())

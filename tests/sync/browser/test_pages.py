"""Pages of a real Chromium with each other: direct, relayed, in one browser, and by hand."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from aioice.ice import get_host_addresses

from ..mesh.conftest import gathering
from .conftest import Play, enter, given

pytestmark = pytest.mark.timeout(120)
NO_WEBRTC = "delete globalThis.RTCPeerConnection"


def test_two_browsers_meet_directly_and_each_gets_what_the_other_has(
    browsing: Any, play: Play
) -> None:
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

    play(run())


def test_without_webrtc_they_meet_through_the_relay(browsing: Any, play: Play) -> None:
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

    play(run())


def test_pages_of_one_browser_need_no_server(browsing: Any, play: Play) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            context = await browser.context()
            told = given(home, "Ada") | {"servers": []}
            first = await enter(await browser.page(context), told)
            await first.do("put", "one", "x" * 50_000)
            second = await enter(await browser.page(context), told)
            state = await second.has(one=50_000)
            assert state["connection"]["path"] == "this browser"
            await second.page.close()
            await first.until(lambda state: state["connection"]["state"] == "offline")

    play(run())


def test_two_browsers_are_introduced_by_texts_that_people_carry(browsing: Any, play: Play) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            none: dict[str, Any] = {"servers": []}
            ada = await enter(await browser.page(), given(home, "Ada") | none)
            bob = await enter(await browser.page(), given(home, "Bob", "reviewer") | none)
            first = await ada.do("introduce")
            second = await bob.do("answer", first)
            assert max(len(first), len(second)) < 1500
            with pytest.raises(Exception, match="made by this very page"):
                await ada.do("answer", first)
            with pytest.raises(Exception, match="not the text that was sent back"):
                await ada.do("answered", first)
            await ada.do("answered", f" {second[:70]}\n{second[70:]}\n")
            await bob.do("linked")
            await ada.do("put", "one", "x")
            state = await bob.has(one=1)
            assert state["connection"]["path"] == "direct"

    play(run())


def test_a_page_goes_on_where_it_was_when_the_server_comes_back(browsing: Any, play: Play) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            context = await browser.context(NO_WEBRTC)
            ada = await enter(await browser.page(context), given(home, "Ada"))
            bob = await enter(await browser.page(), given(home, "Bob", "reviewer"))
            await ada.until(lambda state: state["connection"]["peers"] == 1)
            await home.stop_servers()
            for one in (ada, bob):
                await one.until(lambda state: state["connection"]["state"] == "offline")
            await ada.do("put", "one", "x")
            await bob.do("put", "two", "y")
            assert (await ada.state())["connection"]["unsent"] == 1
            await home.start_servers()
            await ada.has(one=1, two=1)
            await bob.has(one=1, two=1)
            await ada.until(lambda state: state["connection"]["unsent"] == 0)

    play(run())


SHUT = """
const Real = globalThis.RTCPeerConnection;
globalThis.RTCPeerConnection = class extends Real {
  constructor(given) {
    super(globalThis.open_now ? given : { ...given, iceTransportPolicy: "relay" });
  }
};
"""


def test_they_move_over_when_a_direct_path_opens(browsing: Any, play: Play) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            pages = [await browser.page(await browser.context(SHUT)) for _ in range(2)]
            ada = await enter(pages[0], given(home, "Ada"))
            bob = await enter(pages[1], given(home, "Bob", "reviewer"))
            for one in (ada, bob):
                await one.until(lambda state: state["connection"]["state"] == "relay")
                await one.page.evaluate("globalThis.open_now = true")
            await bob.do("put", "before", "x")
            await ada.has(before=1)
            for one in (ada, bob):
                state = await one.until(lambda state: state["connection"]["state"] == "live", 60)
                assert state["connection"]["peers"] == 1
                assert len(state["present"]) == 2
            await bob.do("put", "after", "x")
            await ada.has(before=1, after=1)

    play(run())


ONLY_TURN = """
const Real = globalThis.RTCPeerConnection;
const iceServers = [{ urls: "turn:ADDRESS", username: "user", credential: "pass" }];
globalThis.RTCPeerConnection = class extends Real {
  constructor(given) {
    super({ ...given, iceServers, iceTransportPolicy: "relay" });
  }
};
"""


@pytest.mark.skipif(shutil.which("turnserver") is None, reason="coturn is not installed")
def test_a_path_through_a_turn_server_is_told_from_a_direct_one(
    browsing: Any, tmp_path: Path, play: Play
) -> None:
    [address, *_] = get_host_addresses(use_ipv4=True, use_ipv6=False) or [""]
    if not address:
        pytest.skip("this machine has no network address but its own loopback")
    options = f"-n -L {address} -E {address} -p 34780 -a -u user:pass -r room --no-tls --no-dtls"
    log = f"--no-cli -l {tmp_path / 'turn.log'} --pidfile {tmp_path / 'turn.pid'}"

    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            script = ONLY_TURN.replace("ADDRESS", f"{address}:34780")
            pages = [await browser.page(await browser.context(script)) for _ in range(2)]
            await enter(pages[0], given(home, "Ada"))
            await enter(pages[1], given(home, "Bob", "reviewer"))
            for page in pages:
                state = await page.until(lambda state: state["connection"]["path"] == "TURN")
                assert state["connection"]["state"] == "live"

    command = ["turnserver", *f"{options} {log}".split()]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as turn:
        try:
            play(run())
        finally:
            turn.terminate()

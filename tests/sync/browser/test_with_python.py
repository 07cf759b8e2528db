"""A page of a real Chromium and a Python peer hold one plan together."""

from __future__ import annotations

import asyncio
import hashlib
import random
from pathlib import Path
from typing import Any

import pytest

from peerplan_jupyter.sync.mesh.mesh import Paths

from ..conftest import eventually
from ..mesh.conftest import gathering
from ..webrtc.conftest import require
from .conftest import PagePeer, Play, enter, given

pytestmark = pytest.mark.timeout(120)
BOTH = pytest.mark.parametrize("path", ["direct", "relay"])


def paths(path: str) -> Paths:
    return Paths(direct=path == "direct")


@BOTH
def test_each_gets_what_the_other_has_and_writes(browsing: Any, path: str, play: Play) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            python = await home.enter("Ada", paths=paths(path))
            python.put("before", "x" * 200_000)
            page = await enter(await browser.page(), given(home, "Bob", "reviewer"))
            await page.has(before=200_000)
            await page.do("put", "theirs", "y" * 50_000)
            await eventually(lambda: python.port.values.get("theirs") == 50_000, 30)
            python.put("after", "z")
            state = await page.has(before=200_000, theirs=50_000, after=1)
            assert [(one["path"], one["role"]) for one in state["members"]] == [(path, "owner")]
            assert python.paths == [path]
            assert page.errors == []

    play(run())


@BOTH
def test_a_page_that_owns_the_room_lets_a_python_reviewer_in(
    browsing: Any, path: str, play: Play
) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            page = await enter(await browser.page(), given(home, "Ada"))
            await page.do("put", "before", "x" * 40_000)
            python = await home.enter("Bob", "reviewer", paths=paths(path))
            await eventually(lambda: python.port.values.get("before") == 40_000, 30)
            python.put("theirs", "y" * 300_000)
            state = await page.has(before=40_000, theirs=300_000)
            assert state["connection"]["state"] == ("live" if path == "direct" else "relay")

    play(run())


COUNTING = """
const Connection = RTCPeerConnection;
const made = [];
globalThis.RTCPeerConnection = class extends Connection {
  constructor(...given) {
    super(...given);
    made.push(this);
  }
};
globalThis.carried = async () => {
  const found = { received: 0, sent: 0 };
  for (const one of made)
    for (const stats of (await one.getStats()).values())
      if (stats.type === "data-channel") {
        found.received += stats.bytesReceived;
        found.sent += stats.bytesSent;
      }
  return found;
};
"""
OLD = "delete globalThis.CompressionStream"


def words(size: int) -> str:
    return "".join(f"as person {at} writes it, " for at in range(size // 20))[:size]


@pytest.mark.parametrize("script", ["", OLD], ids=["deflates", "does not deflate"])
def test_a_large_plan_goes_both_ways_deflated_where_both_can(
    browsing: Any, script: str, play: Play
) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            python = await home.enter("Ada", paths=paths("direct"))
            python.put("theirs", words(3_000_000))
            context = await browser.context(COUNTING, script)
            page = await enter(await browser.page(context), given(home, "Bob", "reviewer"))
            await page.has(theirs=3_000_000)
            await page.page.evaluate("(text) => peer.put('ours', text)", words(2_000_000))
            await eventually(lambda: python.port.values.get("ours") == 2_000_000, 30)
            carried = await page.page.evaluate("carried()")
            if script:
                assert carried["received"] > 3_000_000
                assert carried["sent"] > 2_000_000
            else:
                assert 0 < carried["received"] < 1_500_000
                assert 0 < carried["sent"] < 1_000_000
            assert page.errors == []

    play(run())


@BOTH
def test_they_see_each_other_and_that_one_left(browsing: Any, path: str, play: Play) -> None:
    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            python = await home.enter("Ada", paths=paths(path))
            page = await enter(await browser.page(), given(home, "Bob", "viewer"))
            await page.until(lambda state: state["present"].get(python.me) == "Ada")
            said = {"name": "Bob"}
            await eventually(lambda: python.room.presence.states().get(page.me) == said, 30)
            await page.page.close()
            await eventually(lambda: page.me not in python.room.presence.states(), 30)
            await eventually(lambda: python.paths == [], 30)

    play(run())


@BOTH
def test_artifacts_go_both_ways(browsing: Any, path: str, tmp_path: Path, play: Play) -> None:
    size = 1_000_000
    data = bytes((index * 2 + (index >> 8)) & 255 for index in range(size))
    name = "sha256:" + hashlib.sha256(data).hexdigest()
    file = tmp_path / "artifact"
    file.write_bytes(data)

    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            has = await home.enter("Ada", paths=paths(path), files={name: file})
            page = await enter(await browser.page(), given(home, "Bob", "reviewer"))
            await page.until(lambda state: state["connection"]["peers"] == 1)
            fetched = await page.do("fetch", name)
            assert fetched["size"] == size
            assert fetched["steps"] > 10
            await page.do("keep", name, size)
            has.mesh.close()
            await page.until(lambda state: state["connection"]["peers"] == 0)
            wants = await home.enter("Cem", "viewer", paths=paths(path))
            await eventually(lambda: path in wants.paths, 30)
            assert await wants.mesh.artifacts.fetch(name) == data

    play(run())


def test_two_pages_and_two_python_peers_stay_equal_over_random_writes(
    browsing: Any, play: Play
) -> None:
    async def run() -> None:
        chance = random.Random(5)
        async with gathering() as home, browsing() as browser:
            owner = await home.enter("Ada")
            guest = await home.enter("Bob", "reviewer", paths=paths("relay"))
            context = await browser.context("delete globalThis.RTCPeerConnection")
            pages = [
                await enter(await browser.page(), given(home, "Cem", "reviewer")),
                await enter(await browser.page(context), given(home, "Dea", "reviewer")),
            ]
            everybody: list[Any] = [owner, guest, *pages]
            sizes: dict[str, int] = {}
            for number in range(120):
                who, size = chance.choice(everybody), chance.randint(1, 3000)
                sizes[str(number)] = size
                if isinstance(who, PagePeer):
                    await who.do("put", str(number), "x" * size)
                else:
                    who.put(str(number), "x" * size)
                await asyncio.sleep(chance.random() * 0.05)
            for page in pages:
                await page.has(**sizes)
                assert page.errors == []
            await eventually(lambda: owner.port.values == guest.port.values == sizes, 30)

    play(run())


@pytest.mark.parametrize("backend", ["aiortc", "wrtc"])
def test_a_page_that_begins_by_hand_is_answered_by_a_python_peer(
    browsing: Any, play: Play, backend: Any
) -> None:
    """The page's addresses are names then, which only its own network knows."""
    require(backend)

    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            nowhere = ("ws://127.0.0.1:9/",)
            wanted = Paths(backend=backend)
            python = await home.enter("Ada", paths=wanted, servers=nowhere)
            page = await enter(
                await browser.page(), given(home, "Bob", "reviewer") | {"servers": []}
            )
            answer = await python.mesh.answer(await page.do("introduce"))
            linking = asyncio.ensure_future(answer.linked())
            await page.do("answered", answer.text)
            await linking
            python.put("ours", "x")
            await page.do("put", "theirs", "y")
            state = await page.has(ours=1, theirs=1)
            assert state["connection"]["path"] == "direct"
            await eventually(lambda: python.port.values.get("theirs") == 1)

    play(run())

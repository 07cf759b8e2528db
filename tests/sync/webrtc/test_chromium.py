"""A Chromium with its defaults at the other end: it hides its addresses behind mDNS names."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from peerplan_jupyter.errors import UnreachableError
from peerplan_jupyter.sync.codec import MAX_FRAME
from peerplan_jupyter.sync.transports.channel import FRAME_BYTES
from peerplan_jupyter.sync.transports.webrtc import Settings

from .conftest import MOSTLY_AIORTC
from .ends import End, link_with

OFFERS = pytest.mark.parametrize("offers", [True, False], ids=["Python offers", "Chromium offers"])


@OFFERS
def test_messages_travel_both_ways_and_both_ends_can_sign_the_same(
    page: End, settings: Settings, offers: bool
) -> None:
    async def run() -> None:
        async with link_with(page, offers=offers, settings=settings) as link:
            await link.opened()
            opened = await page.until("open")
            assert opened["binding"] == link.binding.hex()
            assert link.path == "direct"
            await link.control.send("echo ü 🙂")
            assert await link.control.receive() == "echoed ü 🙂"
            await link.bulk.send(bytes(FRAME_BYTES))
            await page.until("message", label="bulk", size=FRAME_BYTES)
            page.do("fill", label="bulk", size=MAX_FRAME)
            assert await link.bulk.receive() == bytes(MAX_FRAME)
            page.do("send", label="control", text="")
            assert await link.control.receive() == ""

    asyncio.run(run())


@MOSTLY_AIORTC
@OFFERS
def test_candidates_in_the_description_do_as_well(
    page: End, settings: Settings, offers: bool
) -> None:
    """Such as a description that a person pasted has."""

    async def run() -> None:
        async with link_with(page, offers=offers, settings=settings, vanilla=True) as link:
            await link.opened()
            await page.until("open")
            assert [one["type"] for one in page.signals] == ["answer" if offers else "offer"]

    asyncio.run(run())


@MOSTLY_AIORTC
def test_chromium_does_hide_its_addresses_and_ends_its_candidates(
    page: End, settings: Settings
) -> None:
    async def run() -> None:
        async with link_with(page, offers=True, settings=settings) as link:
            await link.opened()
            await page.until("open")
            candidates = [one["candidate"] for one in page.signals if one["type"] == "candidate"]
            assert ".local " in candidates[0]["candidate"]
            assert candidates[-1] is None

    asyncio.run(run())


@MOSTLY_AIORTC
def test_a_page_that_is_closed_is_gone_at_once(page: End, settings: Settings) -> None:
    async def run() -> None:
        async with link_with(page, offers=True, settings=settings) as link:
            await link.opened()
            await page.until("open")
            page.do("close")
            assert await link.wait_closed() == "The other peer closed the connection."

    asyncio.run(run())


@MOSTLY_AIORTC
def test_a_page_hears_at_once_that_the_peer_leaves_after_its_last_words(
    page: End, settings: Settings
) -> None:
    async def run() -> None:
        async with link_with(page, offers=True, settings=settings) as link:
            await link.opened()
            for number in range(30):
                await link.bulk.send(bytes(FRAME_BYTES - number))
            await link.control.send("goodbye")
            link.close()
            await page.until("message", text="goodbye")
            await page.until("closed", label="control")
            await page.until("closed", label="bulk")
            sizes = [one["size"] for one in page.log if "size" in one]
            assert sizes == [FRAME_BYTES - number for number in range(30)]

    asyncio.run(run())


@MOSTLY_AIORTC
def test_a_megabyte_each_way_at_once(page: End, settings: Settings) -> None:
    async def run() -> None:
        async with link_with(page, offers=False, settings=settings) as link:
            await link.opened()
            await page.until("open")
            for _ in range(64):
                page.do("fill", label="bulk", size=FRAME_BYTES)

            async def take() -> int:
                return sum([len(await link.bulk.receive() or b"") for _ in range(64)])

            taking = asyncio.create_task(take())
            for _ in range(64):
                await link.bulk.send(bytes(FRAME_BYTES))
            await link.bulk.send("all")
            await page.until("message", text="all")
            assert sum(one.get("size", 0) for one in page.log) == await taking == 2**20

    asyncio.run(run())


@MOSTLY_AIORTC
def test_a_page_that_is_not_the_one_described_is_not_linked(page: End, settings: Settings) -> None:
    def lie(signal: dict[str, Any]) -> dict[str, Any]:
        if signal["type"] != "offer":
            return signal
        wrong = re.sub(r"(sha-256 )\S+", r"\g<1>" + ":".join(["00"] * 32), signal["sdp"])
        return {**signal, "sdp": wrong}

    async def run() -> None:
        async with link_with(page, offers=False, settings=settings, change=lie) as link:
            with pytest.raises(UnreachableError, match="not the one that its description"):
                await link.opened()

    asyncio.run(run())

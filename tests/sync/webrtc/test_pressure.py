"""Who sends much waits, keeps little, and delays nothing that matters."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest

from peerplan_jupyter.sync.transports.channel import FRAME_BYTES
from peerplan_jupyter.sync.transports.webrtc import Settings
from peerplan_jupyter.sync.transports.webrtc.backend import HIGH

from .conftest import MOSTLY_AIORTC
from .ends import link_with
from .raw import raw_answers

FRAME = bytes(FRAME_BYTES)
KEPT = 2 * (HIGH["bulk"] + FRAME_BYTES)


async def fill(channel: Any, count: int, done: list[int]) -> None:
    for number in range(count):
        await channel.send(FRAME)
        done.append(number)


async def steady(done: list[int]) -> int:
    """How much is done when nothing more happens."""
    before = -1
    while before != len(done):
        before = len(done)
        await asyncio.sleep(0.4)
    return before


def test_a_fast_sender_keeps_little(pair: Any, settings: Settings) -> None:
    async def run() -> None:
        async with pair(settings) as (first, second):
            done: list[int] = []
            sending = asyncio.create_task(fill(first.bulk, 256, done))
            most = 0
            for taken in range(256):
                await second.bulk.receive()
                waiting = first.bulk._waiting
                queued = first._wire._backend.buffered("bulk")
                most = max(most, waiting + queued)
                assert len(done) - taken < 256
            await sending
            assert FRAME_BYTES < most <= KEPT

    asyncio.run(run())


@MOSTLY_AIORTC
def test_a_sender_waits_for_a_process_that_stands_still_and_loses_nothing(
    process: Any, settings: Settings, backend: str
) -> None:
    async def run() -> None:
        with process() as end:
            async with link_with(end, offers=True, settings=settings, backend=backend) as link:
                await link.opened()
                await end.until("open")
                os.kill(end.process.pid, signal.SIGSTOP)
                done: list[int] = []
                sending = asyncio.create_task(fill(link.bulk, 320, done))
                assert await steady(done) < 128  # 2 MiB of the 5: the window and the socket's
                assert not sending.done()
                os.kill(end.process.pid, signal.SIGCONT)
                await sending
                await link.bulk.send("all")
                await end.until("message", text="all")
                assert sum(one.get("size", 0) for one in end.log) == 320 * FRAME_BYTES

    asyncio.run(run())


def test_control_overtakes_what_bulk_has_waiting(settings: Settings) -> None:
    async def run() -> None:
        async with raw_answers(settings) as (link, raw):
            await link.opened()
            before = []
            for number in range(5):
                came = len(raw.log)
                sending = [asyncio.create_task(link.bulk.send(FRAME)) for _ in range(64)]
                await asyncio.sleep(0)
                await link.control.send(f"note {number}")
                await asyncio.gather(*sending)
                while len(raw.log) < came + 65:
                    await asyncio.sleep(0.005)
                before.append(raw.log.index(("control", f"note {number}")) - came)
            # 64 messages were given before; only what left already goes before
            assert sorted(before)[2] < 24

    asyncio.run(run())


def test_who_does_not_read_is_closed_before_its_memory_is_full(
    pair: Any, settings: Settings
) -> None:
    limit = 40 * FRAME_BYTES

    async def run() -> None:
        async with pair(settings, unread_bytes=limit) as (first, second):
            with pytest.raises(ConnectionError, match="closed the connection"):
                await fill(first.bulk, 4000, [])
            assert await second.wait_closed() == f"More than {limit} bytes came and were not read."
            assert sum([1 async for _ in drain(second.bulk)]) == 41

    asyncio.run(run())


async def drain(channel: Any) -> Any:
    while (message := await channel.receive()) is not None:
        yield message

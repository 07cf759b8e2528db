"""Links between two processes by each WebRTC library: the same work, and how they compare.

uv run python benchmarks/bench_webrtc.py
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rich.console import Console
from rich.table import Table

from peerplan_jupyter.sync.transports.channel import FRAME_BYTES
from peerplan_jupyter.sync.transports.webrtc import DirectLink, Settings, answer, offer

BACKENDS: tuple[Any, ...] = ("aiortc", "wrtc")
CONNECTS, ROUNDS, MEGABYTES, REPEATS = 10, 500, 10, 3
FRAMES = MEGABYTES * 2**20 // FRAME_BYTES


async def other_end(backend: Any) -> None:
    """Answers each offer that comes on standard input; echoes what is small, counts the rest."""

    def send(signal: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(signal) + "\n")
        sys.stdout.flush()

    link = await answer(send, settings=Settings(backend=backend))
    while line := await asyncio.to_thread(sys.stdin.readline):
        if (signal := json.loads(line)) is None:
            link = await answer(send, settings=Settings(backend=backend))
        else:
            link.signal(signal)
            if signal["type"] == "offer":
                working = asyncio.gather(echo(link), count(link))
    await working


async def echo(link: DirectLink) -> None:
    await link.opened()
    while (message := await link.control.receive()) is not None:
        if message == "send":
            for _ in range(FRAMES):
                await link.bulk.send(bytes(FRAME_BYTES))
        else:
            await link.control.send(message)


async def count(link: DirectLink) -> None:
    await link.opened()
    got = 0
    while await link.bulk.receive() is not None:
        got += 1
        if got % FRAMES == 0:
            await link.control.send("all")


class Other:
    """The process at the other end."""

    def __init__(self, process: asyncio.subprocess.Process, backend: Any) -> None:
        self._process, self._settings = process, Settings(backend=backend)

    @asynccontextmanager
    async def link(self) -> AsyncIterator[tuple[DirectLink, float]]:
        """A link to it, and the seconds from the first step until it was open."""
        self._write(None)
        started = time.perf_counter()
        link = await offer(self._write, settings=self._settings)
        reading = asyncio.create_task(self._read(link))
        await link.opened()
        yield link, time.perf_counter() - started
        reading.cancel()
        link.close()
        await link.wait_closed()

    def _write(self, signal: dict[str, Any] | None) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(signal).encode() + b"\n")

    async def _read(self, link: DirectLink) -> None:
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            link.signal(json.loads(line))


@asynccontextmanager
async def other(backend: Any) -> AsyncIterator[Other]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, backend, stdin=pipe, stdout=pipe, limit=2**20
    )
    yield Other(process, backend)
    assert process.stdin
    process.stdin.close()
    await process.wait()


async def round_trips(link: DirectLink) -> list[float]:
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await link.control.send(bytes(200))
        await link.control.receive()
        took.append(time.perf_counter() - started)
    return sorted(took)


async def sent(link: DirectLink) -> tuple[float, float]:
    """Seconds by the clock and of this process, to send it all and hear that it came."""
    started, worked = time.perf_counter(), time.process_time()
    for _ in range(FRAMES):
        await link.bulk.send(bytes(FRAME_BYTES))
    assert await link.control.receive() == "all"
    return time.perf_counter() - started, time.process_time() - worked


async def received(link: DirectLink) -> tuple[float, float]:
    started, worked = time.perf_counter(), time.process_time()
    await link.control.send("send")
    for _ in range(FRAMES):
        await link.bulk.receive()
    return time.perf_counter() - started, time.process_time() - worked


async def under_load(link: DirectLink) -> list[float]:
    """Round trips while `bulk` sends all it can."""
    sending = asyncio.create_task(sent_frames(link))
    took = []
    while not sending.done():
        started = time.perf_counter()
        await link.control.send(bytes(200))
        while await link.control.receive() == "all":
            pass
        took.append(time.perf_counter() - started)
    return sorted(took)


async def sent_frames(link: DirectLink) -> None:
    for _ in range(FRAMES):
        await link.bulk.send(bytes(FRAME_BYTES))


async def measure(backend: Any) -> dict[str, float]:
    async with other(backend) as there:
        opening = []
        for _ in range(CONNECTS):
            async with there.link() as (_, seconds):
                opening.append(seconds)
        async with there.link() as (link, _):
            trips = await round_trips(link)
            sending = [await sent(link) for _ in range(REPEATS)]
            receiving = [await received(link) for _ in range(REPEATS)]
            loaded = await under_load(link)
    median = statistics.median
    return {
        "open, ms": 1000 * median(opening),
        "round trip of 200 bytes, p50 ms": 1000 * median(trips),
        "round trip of 200 bytes, p99 ms": 1000 * trips[ROUNDS * 99 // 100],
        "round trip while bulk sends, p50 ms": 1000 * median(loaded),
        f"send {MEGABYTES} MiB, ms": 1000 * median(seconds for seconds, _ in sending),
        f"receive {MEGABYTES} MiB, ms": 1000 * median(seconds for seconds, _ in receiving),
        "processor time to send, ms": 1000 * median(worked for _, worked in sending),
        "processor time to receive, ms": 1000 * median(worked for _, worked in receiving),
    }


def main() -> None:
    if len(sys.argv) > 1:
        asyncio.run(other_end(sys.argv[1]))
        return
    results = [asyncio.run(measure(backend)) for backend in BACKENDS]
    table = Table("", *BACKENDS, "ratio")
    for name in results[0]:
        one, two = (result[name] for result in results)
        table.add_row(name, f"{one:.2f}", f"{two:.2f}", f"{one / two:.1f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

"""Frames relayed between 50 peers of one room: how long they take, and what the server works.

    uv run python benchmarks/bench_relay.py

Every peer sends frames to others at a steady rate. The reference is a bare tornado handler that
passes messages on without looking at them, in the same run and in turns. Both servers have a
process of their own; all peers share this one.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import psutil
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import ClientConnection, connect

from peerplan_jupyter.sync.roomserver.relay_frames import decode_names, encode_names

PEERS = 50
SECONDS = 4.0
ROUNDS = 3
LOADS = [(10, 1024), (20, 1024), (4, 15_000)]
"""Frames each peer sends in a second, and their bytes."""
ROOM = "bench"
SERVE = [sys.executable, "-c", "from peerplan_jupyter.cli import main; main()", "room-server"]
BARE = """
import asyncio, json
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler
handlers = []
class Bare(WebSocketHandler):
    def open(self):
        self.set_nodelay(True)
        handlers.append(self)
    async def on_message(self, message):
        await handlers[message[0]].write_message(message, binary=True)
async def main():
    http = HTTPServer(Application([("/", Bare)]))
    [listening] = bind_sockets(0, "127.0.0.1")
    http.add_socket(listening)
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


class Wire:
    """How frames are addressed at one kind of server."""

    def __init__(self, command: list[str], wrap: Callable[[int], bytes], join: bool) -> None:
        self.command, self.wrap, self.join = command, wrap, join


RELAY = Wire(
    [*SERVE, "--port", "0", "--json"], lambda to: encode_names(ROOM, f"peer-{to:02}"), join=True
)
REFERENCE = Wire([sys.executable, "-c", BARE], lambda to: bytes([to]), join=False)


@asynccontextmanager
async def server(wire: Wire) -> AsyncIterator[tuple[str, psutil.Process]]:
    process = await asyncio.create_subprocess_exec(*wire.command, stdout=subprocess.PIPE)
    assert process.stdout
    port = json.loads(await process.stdout.readline())["port"]
    try:
        yield f"ws://127.0.0.1:{port}", psutil.Process(process.pid)
    finally:
        process.kill()
        await process.wait()


async def peer(stack: AsyncExitStack, url: str, wire: Wire, number: int) -> ClientConnection:
    socket = await stack.enter_async_context(connect(url, compression=None, close_timeout=1))
    if wire.join:
        await socket.send(json.dumps({"type": "join", "topic": ROOM, "id": f"peer-{number:02}"}))
        await socket.recv()
    return socket


async def send(socket: ClientConnection, me: int, wire: Wire, rate: int, size: int) -> None:
    due = time.perf_counter() + random.random() / rate
    for _ in range(int(SECONDS * rate)):
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        to = random.choice([one for one in range(PEERS) if one != me])
        stamp = time.perf_counter_ns().to_bytes(8, "big")
        await socket.send(wire.wrap(to) + stamp + bytes(size - 8))
        due += 1 / rate


async def hear(socket: ClientConnection, wire: Wire, took: list[float]) -> None:
    async for message in socket:
        now = time.perf_counter_ns()
        if isinstance(message, bytes):
            start = decode_names(message)[2] if wire.join else 1
            took.append((now - int.from_bytes(message[start : start + 8], "big")) / 1e6)


async def measure(wire: Wire, rate: int, size: int) -> tuple[list[float], float]:
    """Milliseconds of every frame, and the server's share of one core."""
    took: list[float] = []
    async with server(wire) as (url, process), AsyncExitStack() as stack:
        sockets = [await peer(stack, url, wire, number) for number in range(PEERS)]
        hearing = [asyncio.create_task(hear(one, wire, took)) for one in sockets]
        before, started = sum(process.cpu_times()[:2]), time.perf_counter()
        await asyncio.gather(*(send(one, n, wire, rate, size) for n, one in enumerate(sockets)))
        share = (sum(process.cpu_times()[:2]) - before) / (time.perf_counter() - started)
        async with asyncio.timeout(10):
            while len(took) < PEERS * int(SECONDS * rate):
                await asyncio.sleep(0.01)
        # Those who still hear who is gone do not keep the others waiting, nor end the measurement.
        closing = (one.close() for one in sockets)
        await asyncio.gather(*closing, *hearing, return_exceptions=True)
    return took, share


def main() -> None:
    columns = ("frames/s", "bytes", "server", "p50, ms", "p95, ms", "CPU, % of a core", "goal")
    table = Table(*columns)
    for rate, size in LOADS:
        rows: dict[str, tuple[list[float], list[float]]] = {}
        for _ in range(ROUNDS):
            for name, wire in (("room server", RELAY), ("bare tornado", REFERENCE)):
                took, share = asyncio.run(measure(wire, rate, size))
                times, shares = rows.setdefault(name, ([], []))
                times += took
                shares.append(share)
        for name, (times, shares) in rows.items():
            p95 = statistics.quantiles(times, n=20)[-1]
            goal = "p95 ≤ 100, CPU ≤ 30" if name == "room server" else "reference"
            cells = (f"{PEERS * rate:,}", f"{size:,}", name, f"{statistics.median(times):.2f}")
            table.add_row(*cells, f"{p95:.2f}", f"{statistics.mean(shares) * 100:.0f}", goal)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()

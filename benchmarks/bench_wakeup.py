"""How soon an agent knows: a person's annotation is submitted → `wait_for_feedback` returns in an
MCP client over HTTP. Beside it, from the same server in the same run, a bare HTTP round trip.

    python benchmarks/bench_wakeup.py [rounds]
"""

from __future__ import annotations

import asyncio
import logging
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from mcp import Client
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from peerplan_jupyter.agent.server import build
from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

Lap = Callable[[], Coroutine[Any, Any, float]]


async def pong(_: Request) -> PlainTextResponse:
    return PlainTextResponse("pong")


@asynccontextmanager
async def serving(workspace: Workspace) -> AsyncIterator[str]:
    app = build(workspace).streamable_http_app()
    app.add_route("/ping", pong)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        task = asyncio.ensure_future(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await task


async def until_waiting(workspace: Workspace, plan: str) -> None:
    loop, moved = asyncio.get_running_loop(), asyncio.Event()

    def wake(_: str) -> None:
        loop.call_soon_threadsafe(moved.set)

    stop = workspace.attendance.subscribe(wake)
    while workspace.attendance.agent(plan)["state"] != "waiting":
        await moved.wait()
        moved.clear()
    stop()
    # The roster says so just before the wait has looked into the feed.
    await workspace.peer.acall(lambda plans: plans.get(plan).version())


def waking(workspace: Workspace, client: Client, plan: str, cursor: str) -> Lap:
    person, place = workspace.actor("human", "Maia"), {"cursor": cursor}

    async def lap() -> float:
        arguments = {"plan": plan, **place}
        wait = asyncio.ensure_future(client.call_tool("wait_for_feedback", arguments))
        await until_waiting(workspace, plan)
        wire = {"op": "annotate", "type": "concern", "content": "?", "target": {"type": "plan"}}
        operation = parse_operation(wire, person)
        began = time.perf_counter()
        await workspace.submit(plan, operation)
        told = (await wait).structured_content or {}
        took = time.perf_counter() - began
        assert [one["id"] for one in told["items"]] == [operation.id]
        place["cursor"] = told["cursor"]
        return took

    return lap


def bare(http: httpx2.AsyncClient, url: str) -> Lap:
    async def lap() -> float:
        began = time.perf_counter()
        await http.post(f"{url}/ping", content=b"{}")
        return time.perf_counter() - began

    return lap


def told(name: str, laps: list[float]) -> None:
    cuts = statistics.quantiles(laps, n=20)
    print(f"{name:<34} p50 {cuts[9] * 1e3:7.2f} ms   p95 {cuts[18] * 1e3:7.2f} ms")


async def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Workspace(Home.under(Path(folder))) as workspace:
        async with serving(workspace) as url, httpx2.AsyncClient() as http:
            for mode, era in (("auto", "2026-07-28"), ("legacy", "2025-11-25")):
                async with Client(f"{url}/mcp", mode=mode) as client:
                    made = (
                        await client.call_tool("create_plan", {"title": "T"})
                    ).structured_content
                    assert made is not None
                    lap = waking(workspace, client, made["plan"], made["cursor"])
                    reference = bare(http, url)
                    pairs = [(await lap(), await reference()) for _ in range(rounds)]
                told(f"annotation → agent ({era})", [one for one, _ in pairs])
                told("bare HTTP round trip", [one for _, one in pairs])


if __name__ == "__main__":
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))

"""The published y-webrtc, unmodified, in Chromium pages that meet at our room server."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from peerplan_jupyter.sync.roomserver.hub import Hub
from peerplan_jupyter.sync.roomserver.limits import RoomLimits

from ...browser.conftest import chromium
from ..conftest import NPM, eventually
from .conftest import peers, serving

__all__ = ["chromium"]
ESBUILD = Path(__file__).parents[3] / "js" / "node_modules" / "esbuild"
ARGS = ["--disable-features=WebRtcHideLocalIpsWithMdns", "--allow-loopback-in-peer-connection"]


@pytest.fixture(scope="module")
def bundle(node_scripts: Callable[..., list[str]], tmp_path_factory: Any) -> str:
    """A script that holds y-webrtc and what it needs."""
    assert ESBUILD.exists(), "esbuild is not installed in js/; `npm ci` there does it."
    out = tmp_path_factory.mktemp("bundle") / "y_webrtc.js"
    command = node_scripts("bundle.mjs", str(NPM / "y_webrtc.mjs"), str(out))
    subprocess.run(command, check=True, capture_output=True)
    return out.read_text("utf-8")


@asynccontextmanager
async def page_server() -> AsyncIterator[str]:
    """An empty page, of another origin than the room server."""

    class Page(RequestHandler):
        def get(self) -> None:
            self.finish("<!doctype html><title>A page</title>")

    http = HTTPServer(Application([("/", Page)]))
    [listening] = bind_sockets(0, "127.0.0.1")
    http.add_socket(listening)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        http.stop()
        await http.close_all_connections()


@asynccontextmanager
async def pages(chromium: Path, url: str, bundle: str, count: int) -> AsyncIterator[list[Any]]:
    """Pages in browsers of their own, so that no BroadcastChannel connects them."""
    from playwright.async_api import async_playwright

    async with AsyncExitStack() as stack:
        play = await stack.enter_async_context(async_playwright())
        browser = await play.chromium.launch(executable_path=chromium, args=ARGS)
        stack.push_async_callback(browser.close)
        made = []
        for _ in range(count):
            context = await browser.new_context()
            made.append(await context.new_page())
            await made[-1].goto(url)
            await made[-1].evaluate(bundle)
        yield made


def _has_members(hub: Hub, count: int) -> bool:
    return len(hub.rooms["plans"].subscribers) == count


@pytest.mark.parametrize("password", [None, "a password"])
def test_two_documents_become_equal(chromium: Path, bundle: str, password: str | None) -> None:
    async def run() -> None:
        async with (
            page_server() as url,
            serving(origins=[url]) as server,
            pages(chromium, url, bundle, 2) as [one, other],
            peers(server.url, "P", topic="plans") as [peer],
        ):
            # y-webrtc's two ends may wait for each other for long when both begin at once.
            for page, members in ((one, 2), (other, 3)):
                await page.evaluate(
                    "([r, s, p]) => enter(r, s, p)", ["plans", [server.url], password]
                )
                await eventually(partial(_has_members, server.hub, members))
            await one.wait_for_function("connected() === 1")
            await other.wait_for_function("connected() === 1")
            await one.evaluate("insert('one ')")
            await other.wait_for_function("content() === 'one '")
            await other.evaluate("insert('other ')")
            await one.wait_for_function("content() === 'other one '")
            assert bool(peer.heard) is bool(password)  # without it, signals are no texts
            await other.close()
            await eventually(partial(_has_members, server.hub, 2))

    asyncio.run(run())


def test_it_comes_back_when_the_server_does(chromium: Path, bundle: str) -> None:
    async def run() -> None:
        async with page_server() as url, pages(chromium, url, bundle, 2) as [one, other]:
            async with serving(Hub(RoomLimits(grace=0)), origins=["*"]) as server:
                for page in (one, other):
                    await page.evaluate("([r, s]) => enter(r, s)", ["plans", [server.url]])
                await one.wait_for_function("connected() === 1")
                await server.server.drain()
                port = server.port
            await one.wait_for_function("!signaled()")
            async with serving(port=port, origins=["*"]) as server:
                await one.wait_for_function("signaled()")
                await eventually(partial(_has_members, server.hub, 2))
                assert await one.evaluate("connected()") == 1

    asyncio.run(run())


def test_a_page_of_an_origin_that_is_not_allowed_gets_no_socket(
    chromium: Path, bundle: str
) -> None:
    async def run() -> None:
        async with (
            page_server() as url,
            serving() as server,
            pages(chromium, url, bundle, 1) as [page],
        ):
            await page.evaluate("([r, s]) => enter(r, s)", ["plans", [server.url]])
            await eventually(lambda: refused(server.hub) >= 1)
            assert not await page.evaluate("signaled()")
            assert not server.hub.rooms

    asyncio.run(run())


def refused(hub: Hub) -> float:
    value = hub.metrics.registry.get_sample_value("peerplan_room_refused_total", {"code": "origin"})
    return value or 0.0

"""Pages of a real Chromium that hold plans as peers, driven from outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser as Chrome
from playwright.async_api import BrowserContext, Page, async_playwright
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, StaticFileHandler

from peerplan_jupyter.cli.demo.chromium import find_chromium, install_chromium, require_playwright
from peerplan_jupyter.errors import NotFoundError
from peerplan_jupyter.sync.invitation import MemberRole, RoomSecret, issue
from peerplan_jupyter.sync.keys import b64u

from ..mesh.conftest import PLAN, Gathering

Play = Callable[[Coroutine[Any, Any, Any]], Any]
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; "
    "connect-src 'self' ws://127.0.0.1:*; object-src 'none'"
)


@pytest.fixture(scope="session")
def chromium() -> Path:
    require_playwright()
    try:
        return find_chromium()
    except NotFoundError:
        return install_chromium()


class Front(RequestHandler):
    def initialize(self, script: str) -> None:
        self.script = script

    def get(self) -> None:
        self.set_header("Content-Security-Policy", POLICY)
        self.write(
            '<!doctype html><meta charset="utf-8">'
            f'<script type="module" src="{self.script}"></script>'
        )


class PagePeer:
    """A peer in a page."""

    def __init__(self, page: Page, errors: list[str]) -> None:
        self.page, self.errors = page, errors
        self.me = ""

    async def do(self, name: str, *given: Any) -> Any:
        """Calls a method of the page's `peer`."""
        return await self.page.evaluate(
            "([name, given]) => peer[name](...given)", [name, list(given)]
        )

    async def state(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.do("state")
        return found

    async def until(self, holds: Callable[[dict[str, Any]], Any], seconds: float = 30) -> Any:
        """The state in which something holds."""
        state: dict[str, Any] = {}
        pause = 0.02
        try:
            async with asyncio.timeout(seconds):
                while not holds(state := await self.state()):
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.2, 0.3)  # to ask takes the page's time
        except TimeoutError:
            raise AssertionError(f"It never came true: {state}") from None
        return state

    async def has(self, **sizes: int) -> dict[str, Any]:
        """The state once the values have these lengths."""
        found: dict[str, Any] = await self.until(lambda state: state["values"] == sizes)
        return found


class Browser:
    """A Chromium; each context has storage of its own."""

    def __init__(self, url: str, chrome: Chrome, stack: AsyncExitStack) -> None:
        self.url, self._chrome, self._stack = url, chrome, stack

    async def context(self, *scripts: str) -> BrowserContext:
        """A context whose pages run the scripts before their own."""
        context = await self._chrome.new_context()
        self._stack.push_async_callback(context.close)
        for script in scripts:
            await context.add_init_script(script)
        return context

    async def page(self, context: BrowserContext | None = None, path: str = "") -> PagePeer:
        """A page that could be a peer, in a context of its own if none is given."""
        page = await (context or await self.context()).new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(self.url + path)
        return PagePeer(page, errors)


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def play(runner: asyncio.Runner) -> Play:
    """Runs a coroutine as `asyncio.run` would, in the loop that Chromium is driven from."""

    async def end_all_but(kept: set[asyncio.Task[Any]]) -> None:
        left = asyncio.all_tasks() - kept - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def run(script: Coroutine[Any, Any, Any]) -> Any:
        kept = asyncio.all_tasks(runner.get_loop())
        try:
            return runner.run(script)
        finally:
            runner.run(end_all_but(kept))

    return run


@pytest.fixture(scope="session")
def launch(chromium: Path, runner: asyncio.Runner) -> Iterator[Callable[[], Chrome]]:
    """The one Chromium of all tests, since to start it costs more than most of them, or the next
    where it died.
    """
    stack, running = AsyncExitStack(), list[Chrome]()

    async def launched() -> Chrome:
        if not any(one.is_connected() for one in running):
            play = await stack.enter_async_context(async_playwright())
            running.append(await play.chromium.launch(executable_path=chromium))
            stack.push_async_callback(running[-1].close)
        return running[-1]

    yield lambda: runner.run(launched())
    runner.run(stack.aclose())


@pytest.fixture
def browsing(bundle: Path, launch: Callable[[], Chrome]) -> Callable[[], Any]:
    """`async with browsing() as browser`, in what `play` runs."""
    chrome = launch()

    @asynccontextmanager
    async def _browsing() -> AsyncIterator[Browser]:
        application = Application(
            [
                ("/(?:favicon.ico)?", Front, {"script": "page.js"}),
                ("/room", Front, {"script": "room_page.js"}),
                ("/plan", Front, {"script": "plan_page.js"}),
                ("/(.*)", StaticFileHandler, {"path": str(bundle)}),
            ]
        )
        http = HTTPServer(application)
        [socket] = bind_sockets(0, "127.0.0.1")
        http.add_socket(socket)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(http.close_all_connections)
            stack.callback(http.stop)
            url = f"http://127.0.0.1:{socket.getsockname()[1]}/"
            yield Browser(url, chrome, stack)

    return _browsing


def given(home: Gathering, name: str, role: MemberRole = "owner", **options: Any) -> dict[str, Any]:
    """What makes a page a member of the room."""
    told: dict[str, Any] = {"name": name, "servers": list(home.servers), **options}
    secret: RoomSecret = home.secret
    if role == "owner":
        seed = home.key.private_bytes_raw()
        return told | {"seed": b64u(seed), "salt": b64u(secret.salt), "key": b64u(secret.key)}
    made = issue(home.key, secret, PLAN, role, servers=home.servers)
    return told | {"fragment": made.fragment()}


async def enter(page: PagePeer, told: dict[str, Any]) -> PagePeer:
    page.me = await page.do("enter", told)
    return page

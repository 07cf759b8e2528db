"""Two pages of one Chromium with everything that is measured in them, and what they need."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from peerplan_jupyter.cli.demo.chromium import find_chromium
from peerplan_jupyter.sync.roomserver.hub import Hub
from peerplan_jupyter.sync.roomserver.server import RoomServer

HERE = Path(__file__).parent
HTML = '<!doctype html><meta charset="utf-8"><body><script type="module" src="page.js"></script>'


def install() -> None:
    """The published packages, in this folder."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = HERE / "node_modules" / ".installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        _run("npm", "ci", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund")
        stamp.write_text(wanted)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=HERE, stdout=subprocess.DEVNULL)


class _File(RequestHandler):
    def initialize(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def get(self, name: str) -> None:
        kinds = {".js": "text/javascript", ".wasm": "application/wasm", "": "text/html"}
        self.set_header("Content-Type", kinds.get(Path(name).suffix, "application/octet-stream"))
        self.write(self.files.get(name, HTML.encode()))


class Stage:
    """A browser whose pages have everything that is measured, and a room server."""

    def __init__(self, browser: Any, url: str, server: str) -> None:
        self.url, self.server = url, server
        self._browser = browser

    async def page(self) -> Page:
        """A page with storage of its own, so that only networks lead to the others."""
        context = await self._browser.new_context()
        page: Page = await context.new_page()
        page.on("pageerror", lambda error: print("a page failed:", error))
        await page.goto(self.url)
        await page.wait_for_function("() => 'enter' in globalThis")
        return page


@asynccontextmanager
async def stage(files: Mapping[str, bytes], folder: Path) -> AsyncIterator[Stage]:
    """A stage whose pages can also fetch `files`; `folder` is for what is built."""
    _run("node", "bundle.mjs", os.fspath(folder))
    built = {path.name: path.read_bytes() for path in folder.iterdir()}
    handler = ("/(.*)", _File, {"files": {**files, **built}})
    http = HTTPServer(Application([handler]))
    [listening] = bind_sockets(0, "127.0.0.1")
    http.add_socket(listening)
    room_server = RoomServer(Hub(), origins=["*"])
    async with AsyncExitStack() as stack:
        stack.callback(http.stop)
        stack.push_async_callback(room_server.close)
        port = await room_server.start(0)
        play = await stack.enter_async_context(async_playwright())
        browser = await play.chromium.launch(executable_path=find_chromium())
        stack.push_async_callback(browser.close)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        yield Stage(browser, url, f"ws://127.0.0.1:{port}/")

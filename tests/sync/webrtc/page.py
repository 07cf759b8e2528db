"""Chromium's end of links: commands come as lines of JSON, events go out as such.

`python page.py CHROMIUM NODE_MODULES BUNDLE`, in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

PAGE = Path(__file__).parent / "page"


class Files(SimpleHTTPRequestHandler):
    """Serves the page, the npm packages below `/npm`, and the interface's peer below `/own`."""

    extensions_map = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def __init__(self, folders: dict[str, str], *given: Any) -> None:
        self.folders = folders
        super().__init__(*given, directory=str(PAGE))

    def translate_path(self, path: str) -> str:
        for start, folder in self.folders.items():
            if path.startswith(start):
                return str(Path(folder) / path.removeprefix(start).partition("?")[0])
        return super().translate_path(path)

    def log_message(self, *_: Any) -> None:
        pass


def say(event: str, **rest: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **rest}) + "\n")
    sys.stdout.flush()


async def open_page(browser: Browser, url: str) -> Page:
    for context in browser.contexts:
        await context.close()
    page = await browser.new_page()
    page.on("pageerror", lambda error: say("error", text=str(error)))
    await page.expose_function("tell", lambda line: say(**json.loads(line)))
    await page.goto(url)
    await page.wait_for_function("() => window.run !== undefined")
    return page


async def run(page: Page, command: dict[str, Any]) -> None:
    try:
        await page.evaluate("(command) => run(command)", command)
    except Exception as error:
        if not page.is_closed():
            say("error", text=str(error))


async def main(chromium: str, packages: str, bundle: str = "") -> None:
    folders = {"/npm/": packages, "/own/": bundle}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, folders))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/index.html"
    running = set()
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=chromium)
        page = await open_page(browser, url)
        say("ready")
        while line := await asyncio.to_thread(sys.stdin.readline):
            command = json.loads(line)
            if command["do"] == "new":
                page = await open_page(browser, url)
                say("ready")
            else:
                running.add(asyncio.create_task(run(page, command)))
        await browser.close()
    server.shutdown()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

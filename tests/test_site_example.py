"""The lines of `examples/site.md` make a site that shows the plan, in a browser."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from peerplan_jupyter.cli.demo.chromium import find_chromium
from peerplan_jupyter.errors import NotFoundError
from peerplan_jupyter.store.site import building

pytestmark = pytest.mark.timeout(400)
EXAMPLE = Path(__file__).parents[1] / "examples" / "site.md"
EVIDENCE = ("benchmark.ipynb", "copy.log", "junit.xml", "latency.png", "restart.webm")
SECONDS = 30_000


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


class Example:
    """The blocks of the example, run in one shell each in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        text = EXAMPLE.read_text("utf-8").replace("8000", self.port).replace("8765", free_port())
        self.blocks = dict[str, str]()
        for name, lines in re.findall(r"```sh ?(\w*)\n(.*?)```", text, re.DOTALL):
            self.blocks[name] = self.blocks.get(name, "") + lines
        settings = folder / "gitconfig"
        settings.write_text("[user]\nname = Ada\nemail = ada@example.org\n")
        self.env = os.environ | {
            "HOME": str(folder / "user"), "PEERPLAN_HOME": str(folder / "home"),
            "GIT_CONFIG_GLOBAL": str(settings), "GIT_CONFIG_NOSYSTEM": "1",
        }  # fmt: skip

    def run(self, name: str, where: str = ".") -> str:
        done = subprocess.run(
            ["sh", "-c", self._script(name)], cwd=self.folder / where, env=self.env,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextlib.contextmanager
    def running(self, name: str) -> Iterator[None]:
        """While what the block starts goes on, in the place of its shell."""
        process = subprocess.Popen(
            ["sh", "-c", self._script(name, "exec ")], cwd=self.folder / "shop/work", env=self.env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)

    def _script(self, name: str, before: str = "") -> str:
        python = f'{before}"{sys.executable}"'
        lines = re.sub(r"^((?:\w+=\S+ )?)peerplan ", rf"\1{python} -m peerplan_jupyter.cli ",
                       self.blocks[name], flags=re.MULTILINE)  # fmt: skip
        return "set -e\n" + re.sub(r"^python ", f"{python} ", lines, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def chromium() -> Path:
    try:
        return find_chromium()
    except NotFoundError:
        pytest.skip("There is no Chromium here.")


@pytest.fixture(scope="module")
def example(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    if not building.is_built():
        pytest.skip("The static page was not built.")
    made = Example(tmp_path_factory.mktemp("example"))
    made.run("")
    with made.running("serve"):
        yield made


async def opened(page: Page, url: str) -> None:
    """A web server that was just started may not answer yet."""
    deadline = time.monotonic() + 20
    while True:
        try:
            await page.goto(url)
        except Exception:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            return


def test_the_page_of_the_example_shows_a_plan_that_was_proved_and_approved(example, chromium):
    folder = example.folder / "site/plans/pr-12/plan-redis-sessions"
    plan = json.loads((folder / "plan.json").read_text("utf-8"))["plan"]
    assert plan["status"] == "approved"
    assert {one["file"] for one in plan["artifacts"]} >= set(EVIDENCE)

    async def look() -> None:
        async with async_playwright() as play:
            browser = await play.chromium.launch(executable_path=chromium)
            page = await browser.new_page()
            base = f"http://localhost:{example.port}"
            await opened(page, f"{base}/")
            await page.get_by_role("link", name=plan["title"]).click()
            status = page.locator(".chip.status")
            await expect(status).to_have_text("Approved", timeout=SECONDS)
            marks = page.locator(".evidence-mark.verified")
            await expect(marks).to_have_count(len(plan["artifacts"]), timeout=SECONDS)
            await page.goto(f"{base}/plan?pr=12&plan=redis-sessions")
            await expect(status).to_have_text("Approved", timeout=SECONDS)
            await browser.close()

    asyncio.run(look())


def test_with_the_invitation_of_the_example_the_page_is_in_the_room(example, chromium):
    link = example.run("live", "shop/work")
    [fragment] = re.findall(r"#(\S+)", link)

    async def look() -> None:
        async with async_playwright() as play:
            browser = await play.chromium.launch(executable_path=chromium)
            page = await browser.new_page()
            base = f"http://localhost:{example.port}"
            await opened(page, f"{base}/plan?pr=12&plan=redis-sessions#{fragment}")
            chip = page.locator(".connection .chip")
            await expect(chip).to_have_text("alone", timeout=SECONDS)
            await browser.close()

    with example.running("rooms"):
        asyncio.run(look())

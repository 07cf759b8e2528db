"""What the plays of the static page share: a page with its servers, and what people do on it."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from page_stage import PLAN, PageStage, Raw, served
from pictures import take_picture
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from peerplan_jupyter.review.workspace import Workspace

Found = dict[str, Any]
WATCH = """addEventListener('securitypolicyviolation', (event) =>
  console.warn(`VIOLATION ${event.violatedDirective} ${event.blockedURI}`))"""


class Watched:
    """A browser profile in which everything that must not happen is written down."""

    def __init__(self, browser: Browser, hosts: set[str], **options: Any) -> None:
        self.faults: list[str] = []
        self._hosts = hosts
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(20_000)
        self.context.add_init_script(WATCH)
        self.context.on("request", lambda request: self._asked(request.url))
        self.context.on("weberror", lambda error: self.faults.append(str(error.error)))
        self.context.on("console", lambda message: self._said(message.text))

    def page(self, url: str) -> Page:
        page = self.context.new_page()
        page.on("websocket", lambda socket: self._asked(socket.url))
        page.goto(url)
        return page

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"blob", "data"} and parts.netloc not in self._hosts:
            self.faults.append(f"asked {url}")

    def _said(self, text: str) -> None:
        if text.startswith(("VIOLATION", "Refused")):
            self.faults.append(text)


class Play:
    """The stage with its servers, and a browser."""

    def __init__(
        self, stage: PageStage, site: str, raw: str, browser: Browser, chromium: str = ""
    ) -> None:
        self.stage, self.site, self.raw, self.browser = stage, site, raw, browser
        self.chromium = chromium
        self.ending = contextlib.ExitStack()
        self.link = f"{site}/plan?repo={raw}/acme/rocket&pr=7&plan={PLAN}"
        self.hosts = {urlsplit(one).netloc for one in (site, raw)}

    @cached_property
    def rooms(self) -> str:
        """The address of a room server, which is begun now and stays to the end."""
        return self.ending.enter_context(room_server(self.site))

    def watched(self, *more: str, **options: Any) -> Watched:
        hosts = self.hosts | {urlsplit(one).netloc for one in more}
        return Watched(self.browser, hosts, **options)

    def picture(self, page: Page, name: str) -> None:
        take_picture(page, self.stage.folder, name)


@contextlib.contextmanager
def staged(folder: Path, browser: Browser, chromium: str) -> Iterator[Play]:
    """A published plan, and its page."""
    stage = PageStage(folder)
    stage.make_plan(3)
    with served(stage.raw, Raw) as raw:
        stage.build(raw)
        with served(stage.site) as site:
            made = Play(stage, site, raw, browser, chromium)
            with made.ending:
                yield made


def review(page: Page) -> Locator:
    return page.locator("section.review")


def badge(page: Page) -> Locator:
    return page.locator(".connection .chip")


def comment(page: Page, words: str) -> None:
    page.get_by_role("button", name="Comment on the plan as a whole").click()
    field = review(page).get_by_role("textbox", name="What do you want to know?")
    field.fill(words)
    field.press("Control+Enter")


def give_name(page: Page, name: str) -> None:
    field = page.locator(".notice").get_by_role("textbox", name="Your name")
    field.fill(name)
    field.press("Enter")
    expect(page.locator(".chip.you")).to_contain_text(name)


def notices(page: Page) -> str:
    return " ".join(page.locator(".notice").all_inner_texts())


def noticed(page: Page, about: str) -> str:
    """All that is said once there is something about that, beside which there may be more."""
    expect(page.locator(f".notice[data-notice={about}]")).to_be_visible()
    return notices(page)


def trouble(page: Page) -> str:
    """What stands in the place of the plan."""
    told = page.locator(".trouble[role=alert]")
    expect(told).to_be_visible()
    return told.inner_text()


def thread(page: Page, words: str) -> Locator:
    return review(page).locator(".thread", has_text=words).first


def text_in(page: Page, label: str) -> str:
    field = page.get_by_label(label)
    expect(field).to_have_value(re.compile(".{100}"))
    return field.input_value()


def looks(page: Page) -> Iterator[str]:
    """The page in dark and light, narrow and wide; nothing runs out of it in any of them."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        for width in (420, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            yield f"{scheme}-{width}"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def until(holds: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextlib.contextmanager
def room_server(origin: str) -> Iterator[str]:
    command = [sys.executable, "-m", "peerplan_jupyter.cli", "room-server"]
    process = subprocess.Popen(
        [*command, "--port", "0", "--json", "--origin", origin], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        yield f"ws://127.0.0.1:{told['port']}"
    finally:
        process.terminate()
        process.communicate(timeout=20)


def invite(workspace: Workspace, play: Play, server: str) -> str:
    """The link of an invitation by the plan's owner, who is in its room from now on."""
    who = workspace.identity("human")
    issued = workspace.run(workspace.inviting.invite(PLAN, who, "Olga", servers=[server]))
    room = workspace.inviting.rooms.get(PLAN)
    assert room
    workspace.run(workspace.meetings.enter(workspace.inviting.standing(room)))
    return f"{play.link}#{issued.url.partition('#')[2]}"


def annotations(workspace: Workspace) -> list[str]:
    return workspace.peer.call(lambda plans: [one.content for one in plans.get(PLAN).annotations()])

"""Two people who scan each other's screens, with no server.

A part of `page_plays.py`. What a page shows is filmed,
and the film is the camera of the other's browser.
"""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import segno
from axe_checks import violations
from page_stage import PLAN
from page_visit import (
    Found,
    Play,
    Watched,
    annotations,
    badge,
    comment,
    looks,
    text_in,
    thread,
    until,
)
from playwright.sync_api import Browser, Locator, Page, expect

from peerplan_jupyter.jupyter.reviewed import Plan
from peerplan_jupyter.review.workspace import Workspace

MEET = re.compile(r"/meet-[^/]+\.js$")
FRAMES = 20
SIZE = {"width": 640, "height": 480}
WATCH_CAMERA = """globalThis.filmed = [];
const ask = globalThis.MediaDevices?.prototype.getUserMedia;
if (ask) MediaDevices.prototype.getUserMedia = async function (wanted) {
  const stream = await ask.call(this, wanted);
  filmed.push(...stream.getTracks());
  return stream;
};"""
OFF = "filmed.length > 0 && filmed.every((track) => track.readyState === 'ended')"
ON = "filmed.some((track) => track.readyState === 'live')"
# A Chromium without a window asks nobody, and says that it supports no camera.
DENY = """() => { MediaDevices.prototype.getUserMedia = async () => {
  throw new DOMException('Permission denied', 'NotAllowedError');
}; }"""
NO_CAMERAS = """() => {
  Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined });
}"""


class Person:
    """Somebody with a browser whose camera sees what is put before it."""

    def __init__(self, play: Play, browser: Browser, film: Path) -> None:
        self._play, self.browser, self._film = play, browser, film

    def opens(self, link: str, **options: Any) -> tuple[Watched, Page]:
        watched = Watched(self.browser, self._play.hosts, **options)
        watched.context.add_init_script(WATCH_CAMERA)
        return watched, opened(watched, link)

    def sees(self, picture: bytes) -> None:
        """A picture on a screen that is held a little aslant, on a table."""
        page = self.browser.new_page(viewport=SIZE)
        data = base64.b64encode(picture).decode()
        page.set_content(
            "<body style='display: grid; place-content: center; margin: 0; height: 480px;"
            " background: #867'>"
            f"<img style='height: 400px; rotate: 4deg' src='data:image/png;base64,{data}'>"
        )
        frame = page.screenshot(type="jpeg", quality=80)
        self._film.write_bytes(frame * FRAMES)
        page.close()


@contextlib.contextmanager
def person(play: Play, name: str) -> Iterator[Person]:
    film = play.stage.folder / f"{name}.mjpeg"
    flags = ["use-fake-device-for-media-stream", f"use-file-for-fake-video-capture={film}"]
    flags.append("use-fake-ui-for-media-stream")
    browser = play.browser.browser_type.launch(
        executable_path=play.chromium, args=[f"--{one}" for one in flags]
    )
    made = Person(play, browser, film)
    made.sees(b"")
    yield made
    browser.close()


def invited(play: Play) -> str:
    """An invitation whose room server is not there."""
    play.stage.build(play.raw)
    with Workspace(play.stage.home) as workspace:
        who = workspace.identity("human")
        made = workspace.inviting.invite(PLAN, who, "Olga", servers=["ws://127.0.0.1:9"])
        return f"{play.link}#{workspace.run(made).url.partition('#')[2]}"


def opened(watched: Watched, link: str) -> Page:
    """The page with the dialog in which people meet."""
    page = watched.page(link)
    page.locator(".chip.you").click()
    expect(page.get_by_role("region", name="Meet by hand")).to_be_visible()
    return page


def call(page: Page, name: str) -> None:
    """Gives a name."""
    field = page.get_by_role("textbox", name="Your name")
    field.fill(name)
    field.press("Enter")
    page.locator(".chip.you").click()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def code(page: Page) -> Locator:
    return page.get_by_role("img", name="QR code of the text")


def play_scan(play: Play) -> Found:
    """Ada shows a code, Bob scans it and shows his, Ada scans that; every step in each look."""
    link = invited(play)
    axe: Found = {}
    with person(play, "ada") as ada, person(play, "bob") as bob:
        [one, first], [two, second] = ada.opens(link), bob.opens(link)
        call(first, "Ada")
        call(second, "Bob")
        look(first, "start", axe)
        press(first, "Begin")
        expect(code(first)).to_be_visible()
        look(first, "offered", axe)
        press(second, "I was given a text or a code")
        press(second, "Scan their code")
        assert until(lambda: second.evaluate(ON))
        look(second, "scanning", axe)
        press(second, "Stop the camera")
        bob.sees(code(first).screenshot())
        press(second, "Scan their code")
        expect(code(second)).to_be_visible()
        look(second, "answering", axe)
        texts = [text_in(first, "Send this text, or"), text_in(second, "Send this text back")]
        ada.sees(code(second).screenshot())
        press(first, "Scan their code")
        off = []
        for page in (first, second):
            expect(page.get_by_text("You are connected.")).to_be_visible()
            off.append(page.evaluate(OFF))
            page.keyboard.press("Escape")
        for page, name in ((first, "Ada"), (second, "Bob")):
            comment(page, f"From {name}")
        expect(thread(second, "From Ada")).to_be_visible()
        expect(thread(first, "From Bob")).to_be_visible()
        said = badge(second).inner_text()
        for watched in (one, two):
            watched.context.close()
    lengths, faults = [len(text) for text in texts], one.faults + two.faults
    return {"badge": said, "off": off, "lengths": lengths, "axe": axe, "faults": faults}


def play_notebook(play: Play) -> Found:
    """The owner's notebook gives a text to a page, and takes the one that comes back."""
    link = invited(play)
    watched = play.watched()
    with Workspace(play.stage.home) as workspace:
        plan = Plan(workspace, PLAN, workspace.actor("human", "Olga"))
        meeting = plan.meet_by_hand()
        page = opened(watched, link)
        call(page, "Rita")
        press(page, "I was given a text or a code")
        page.get_by_label("Text that you were given").fill(meeting.text)
        press(page, "Connect")
        meeting.answered(text_in(page, "Send this text back"))
        expect(page.get_by_text("You are connected.")).to_be_visible()
        page.keyboard.press("Escape")
        comment(page, "From the page")
        came = until(lambda: "From the page" in annotations(workspace))
        plan.annotate("From the notebook")
        expect(thread(page, "From the notebook")).to_be_visible()
        expect(page.locator(".chip.unsent")).to_have_count(0)
        said, shown = badge(page).inner_text(), meeting._repr_html_()
        watched.context.close()
    return {"came": came, "badge": said, "shown": shown, "faults": watched.faults}


def play_camera(play: Play) -> Found:
    """Cameras that are missing, not allowed, not shown to the page, and see something else."""
    link = invited(play)
    watched = play.watched()
    found, faults = {"cut": cut(watched, link)}, watched.faults
    page = opened(watched, link)
    press(page, "I was given a text or a code")
    found["none"] = told_after_scan(page)
    for name, camera in (("denied", DENY), ("hidden", NO_CAMERAS)):
        press(page, "Stop the camera")
        page.evaluate(camera)
        found[name] = told_after_scan(page)
    watched.context.close()
    with person(play, "eve") as eve:
        eve.sees(picture_of("https://example.org/"))
        watched, page = eve.opens(link)
        press(page, "I was given a text or a code")
        found["other"] = told_after_scan(page)
        expect(page.get_by_label("Text that you were given")).to_have_value("https://example.org/")
        found["other off"] = page.evaluate(OFF)
        eve.sees(b"")
        press(page, "Scan their code")
        expect(page.locator("video")).to_be_visible()
        assert until(lambda: page.evaluate(ON))
        page.keyboard.press("Escape")
        assert until(lambda: page.evaluate(OFF))
        watched.context.close()
    return {**found, "faults": faults + watched.faults}


def cut(watched: Watched, link: str) -> str:
    """What is said where the script for it does not come."""
    watched.context.route(MEET, lambda route: route.abort())
    page = watched.page(link)
    page.locator(".chip.you").click()
    said = page.get_by_text("could not be loaded").inner_text()
    page.close()
    watched.context.unroute(MEET)
    return said


def told_after_scan(page: Page) -> str:
    """What is said where the camera would be; the text can be pasted all the same."""
    told = page.get_by_role("region", name="Meet by hand").get_by_role("alert")
    expect(told).to_have_count(0)
    press(page, "Scan their code")
    expect(told).to_be_visible()
    expect(page.get_by_label("Text that you were given")).to_be_editable()
    return told.inner_text()


def picture_of(text: str) -> bytes:
    return base64.b64decode(segno.make(text).png_data_uri(scale=8).partition(",")[2])


def look(page: Page, step: str, axe: Found) -> None:
    """The step in each look."""
    for name in looks(page):
        page.get_by_role("region", name="Meet by hand").scroll_into_view_if_needed()
        axe[f"{name} {step}"] = violations(page)


PLAYS: dict[str, Callable[[Play], Found]] = {
    "scan": play_scan,
    "notebook": play_notebook,
    "camera": play_camera,
}

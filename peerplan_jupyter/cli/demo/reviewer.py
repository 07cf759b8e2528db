"""The played reviewer: a headless Chromium that works the widget in JupyterLab.

`python -m peerplan_jupyter.cli.demo.reviewer NOTEBOOK_URL CHROMIUM`. It prints its events as
JSON, one on a line, and leaves a picture of every failure in `PEERPLAN_DEMO_LOGS`.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Locator, Page, expect, sync_playwright

from ..output import print_json
from .parent import end_with_parent

SIZE = (1680, 1050)
SECONDS = 60.0
QUOTE = "Sessions expire after 24 hours."
CONCERN = "People who work late would be signed out in the middle of it. Should it not renew?"
SUMMARY = "Expiry is right now, and the evidence holds. Go ahead."

_range = """(content, words) => {
  const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.nodeValue.indexOf(words);
    if (at < 0) continue;
    node.parentElement.scrollIntoView({ block: 'center' });
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + words.length);
    const boxes = [...range.getClientRects()];
    const first = boxes[0], last = boxes.at(-1);
    return { x: first.left, y: first.top + first.height / 2,
             toX: last.right, toY: last.top + last.height / 2 };
  }
  return null;
}"""


class Reviewer:
    """A person at the notebook, played."""

    def __init__(self, page: Page, logs: Path) -> None:
        self._page = page
        self._logs = logs

    @property
    def _review(self) -> Locator:
        return self._page.locator("section.review")

    def play(self, url: str) -> None:
        """Open, annotate, wait for the answer, resolve, approve."""
        self._open(url)
        self._annotate()
        began = time.monotonic()
        self._await_answer(began)
        self._resolve()
        self._approve()

    def picture(self, name: str) -> None:
        """Leave a picture of the page."""
        path = self._logs / f"{name}.png"
        self._page.screenshot(path=path)
        _tell("screenshot", path=str(path))

    def _open(self, url: str) -> None:
        self._page.goto(url)
        # A cell that is run before the kernel is idle is silently lost.
        idle = self._page.get_by_text(re.compile(r"Python 3.*\| Idle"))
        expect(idle.first).to_be_visible()
        self._page.locator(".jp-Notebook .jp-CodeCell").first.click()
        self._page.keyboard.press("Shift+Enter")
        expect(self._review).to_be_visible()
        expect(self._review.locator("[data-content]")).to_contain_text(QUOTE)
        _tell("opened", title=self._review.locator("h1").inner_text())

    def _annotate(self) -> None:
        content = self._review.locator("[data-content]")
        content.evaluate(_range, QUOTE)
        box: Any = content.evaluate(_range, QUOTE)
        self._page.mouse.move(box["x"] + 1, box["y"])
        self._page.mouse.down()
        self._page.mouse.move(box["toX"] - 1, box["toY"], steps=8)
        self._page.mouse.up()
        _tell("selected", text=QUOTE)
        bar = self._page.get_by_role("toolbar", name="Comment on the selected text")
        bar.get_by_role("button", name="Concern").click()
        words = self._review.get_by_role("textbox", name="What worries you?")
        words.fill(CONCERN)
        words.press("Control+Enter")
        expect(self._thread).to_contain_text(CONCERN)
        _tell("annotated", type="concern", content=CONCERN)

    @property
    def _thread(self) -> Locator:
        return self._review.locator("article[data-thread]").filter(has_text=CONCERN[:30])

    def _await_answer(self, began: float) -> None:
        reply = self._thread.locator(".reply").first
        expect(reply).to_be_visible()
        text = reply.locator(".said > :not(.by)").first.inner_text()
        _tell("saw_reply", seconds=round(time.monotonic() - began, 3), content=text)
        tag = self._thread.locator(".disposition .tag")
        expect(tag).to_be_visible()
        _tell("saw_disposition", disposition=tag.inner_text())
        self._review.locator("[data-content]").evaluate(_range, QUOTE)
        self.picture("answered")

    def _resolve(self) -> None:
        thread = self._thread
        thread.get_by_role("button", name="Resolve", exact=True).click()
        expect(thread.get_by_role("button", name="Reopen", exact=True)).to_be_visible()
        _tell("resolved")

    def _approve(self) -> None:
        approve = self._review.get_by_role("button", name="Approve r2")
        expect(approve).to_be_visible()
        approve.click()
        words = self._review.get_by_role("textbox", name="Summary of your review")
        words.fill(SUMMARY)
        words.press("Control+Enter")
        expect(self._review.get_by_text("You approved r2")).to_be_visible()
        expect(self._review.locator(".chip.status")).to_have_text("Approved")
        _tell("verdict", number=2, summary=SUMMARY)
        self.picture("approved")


def _tell(event: str, **facts: Any) -> None:
    print_json({"event": event, **facts})


def _main(url: str, chromium: str) -> int:
    logs = Path(os.environ["PEERPLAN_DEMO_LOGS"])
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        page.set_default_timeout(SECONDS * 1000)
        reviewer = Reviewer(page, logs)
        try:
            reviewer.play(url)
        except (AssertionError, Error) as error:
            _tell("failed", message=str(error))
            reviewer.picture("failure")
            return 1
        finally:
            browser.close()
    return 0


if __name__ == "__main__":
    end_with_parent()
    sys.exit(_main(sys.argv[1], sys.argv[2]))

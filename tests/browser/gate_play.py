"""Two people at one gate, as in the example; the second approves in the widget. Prints JSON.

`python gate_play.py FOLDER CHROMIUM`, in a process of its own; leaves a picture in FOLDER.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Page, expect, sync_playwright
from stage import open_notebook

from peerplan_jupyter.cli.demo.processes import Processes
from peerplan_jupyter.cli.demo.scratch import make_scratch
from peerplan_jupyter.cli.demo.server import LabServer, environment, start_lab

EXAMPLE = Path(__file__).parents[2] / "examples" / "team.ipynb"
SUMMARY = "That is how everybody says it."


def run_through(page: Page, words: str) -> None:
    """Run every cell up to the one that holds these words; the kernel takes them in turn."""
    cells = nbformat.read(EXAMPLE, as_version=4).cells
    last = next(number for number, cell in enumerate(cells) if words in cell.source)
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.keyboard.press("Escape")
    for _ in range(last + 1):
        page.keyboard.press("Shift+Enter")


def play(page: Page, lab: LabServer, folder: Path) -> dict[str, Any]:
    open_notebook(page, lab, EXAMPLE.name)
    run_through(page, "plan.fetch()\n")
    printed = page.locator(".jp-OutputArea-output")
    expect(printed.filter(has_text="r2: pending_review")).to_be_visible()
    review = page.locator("section.review")
    review.get_by_role("button", name="Approve r2").click()
    words = review.get_by_role("textbox", name="Summary of your review")
    words.fill(SUMMARY)
    words.press("Control+Enter")
    expect(review.get_by_text("You approved r2")).to_be_visible()
    page.screenshot(path=folder / "gate.png")
    page.keyboard.press("Escape")
    cell = page.locator(".jp-Notebook .jp-CodeCell").filter(has_text="if plan.status")
    cell.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Shift+Enter")
    ended = printed.filter(has_text="Alice's run ended with")
    expect(ended).to_be_visible()
    return {"ended": ended.inner_text()}


def main(folder: Path, chromium: str) -> None:
    scratch = make_scratch(folder / "scratch", "Bob")
    shutil.copy(EXAMPLE, scratch.work)
    expect.set_options(timeout=60_000)
    with Processes(scratch.logs) as processes, sync_playwright() as playwright:
        env = {**environment(scratch, "Bob"), "TMPDIR": str(folder)}
        lab = start_lab(processes, scratch, env)
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(60_000)
        try:
            found = play(page, lab, folder)
        finally:
            page.screenshot(path=folder / "last.png")
            browser.close()
    (remote,) = folder.glob("peerplan-team-*/remote.git")
    sys.stdout.write(json.dumps({**found, "remote": str(remote)}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

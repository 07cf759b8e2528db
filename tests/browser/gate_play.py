"""Two people at one gate, as in the example; the second approves in the widget. A part of
`lab_play.py`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
from playwright.sync_api import Page, expect
from stage import Found, LabStage, show_notebook

from peerplan_jupyter.cli.demo.scratch import Scratch

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


def prepare(scratch: Scratch) -> None:
    shutil.copy(EXAMPLE, scratch.work)


def play(stage: LabStage) -> Found:
    page = stage.page
    show_notebook(page, EXAMPLE.name)
    run_through(page, "plan.fetch()\n")
    printed = page.locator(".jp-OutputArea-output")
    expect(printed.filter(has_text="r2: pending_review")).to_be_visible()
    review = page.locator("section.review")
    review.get_by_role("button", name="Approve r2").click()
    words = review.get_by_role("textbox", name="Summary of your review")
    words.fill(SUMMARY)
    words.press("Control+Enter")
    expect(review.get_by_text("You approved r2")).to_be_visible()
    stage.picture("gate")
    page.keyboard.press("Escape")
    cell = page.locator(".jp-Notebook .jp-CodeCell").filter(has_text="if plan.status")
    cell.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Shift+Enter")
    ended = printed.filter(has_text="Alice's run ended with")
    expect(ended).to_be_visible()
    (remote,) = stage.scratch.logs.parent.glob("peerplan-team-*/remote.git")
    return {"ended": ended.inner_text(), "remote": str(remote)}

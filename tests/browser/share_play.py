"""Two people on two machines meet about a plan by a link: a part of `lab_play.py`.

Robin shares from a notebook, in the light, and from JupyterLab's main area, on a narrow screen in
the dark. Ben has a home of his own and no token of Robin's server.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from axe_checks import violations
from narrow_play import OVERFLOW
from playwright.sync_api import Locator, Page, expect
from stage import (
    OPEN,
    Found,
    LabStage,
    choose_theme,
    make_plan,
    put_away,
    run_first_cell,
    show_beside,
    write_notebook,
)

from peerplan_jupyter.cli.demo.scratch import Scratch
from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.attendance import Participant
from peerplan_jupyter.review.live import live_view
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

PLAN = "shared"
CONTENT = """## Why

Sessions live in the web process today, so every deployment signs everybody out.
"""
NO_CLIPBOARD = """Object.defineProperty(
  navigator, 'clipboard', { value: undefined, configurable: true })"""


class Ben:
    """A second user with a home of his own."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.actor = workspace.actor("human", "Ben")

    def joins(self, link: str) -> None:
        self.workspace.run(self.workspace.join(link, "Ben"))

    def looks(self) -> None:
        """As his page would say."""
        self.workspace.attendance.enter(PLAN, Participant(peer="page", actor=self.actor))

    def comments(self, words: str) -> None:
        fields = {"type": "concern", "content": words, "target": {"type": "plan"}}
        operation = parse_operation({"op": "annotate", **fields}, self.actor)
        self.workspace.run(self.workspace.submit(PLAN, operation))

    def is_told(self) -> Found:
        own = {"state": "live", "path": "", "peers": 0, "unsent": 0, "detail": ""}
        return self.workspace.peer.call(
            lambda plans: live_view(self.workspace, plans, PLAN, self.actor, own)
        )


class Play:
    """What Robin does in JupyterLab."""

    def __init__(self, stage: LabStage) -> None:
        self.stage, self.page = stage, stage.page

    def look(self, name: str) -> Found:
        """What axe says of the review as it is now, and by how many pixels it runs out."""
        self.stage.picture(name)
        host = self.page.locator("[data-lm-suppress-shortcuts]")
        axe = violations(self.page, "[data-lm-suppress-shortcuts]")
        return {"axe": axe, "over": host.evaluate(OVERFLOW)}

    def widget(self, ben: Ben) -> Found:
        """Make a link, and see who comes by it and what he writes."""
        page = self.page
        self.stage.widen(1280, 860)
        page.evaluate("jupyterapp.shell.collapseLeft()")
        show_beside(self.stage, "shared.ipynb")
        review = run_first_cell(page)
        self.asks_by_keys(page, review)
        dialog = review.get_by_role("dialog", name="Share this plan")
        field = dialog.get_by_role("textbox", name="The link")
        dialog.get_by_role("button", name="Copy", exact=True).click()
        expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
        link = page.evaluate("navigator.clipboard.readText()")
        only_here = dialog.get_by_text("works only on this machine")
        found: Found = {"copied": link == field.input_value(), "warned": only_here.is_visible()}
        found["dialog"] = self.look("widget-dialog")
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(review.get_by_role("button", name="Share", exact=True)).to_be_focused()
        ben.joins(link)
        people = review.get_by_role("button", name="Here now")
        people.click()
        ben_row = review.locator(".everybody li").filter(has_text="Ben")
        expect(ben_row).to_contain_text("does not have the plan open")
        ben.looks()
        expect(ben_row).not_to_contain_text("does not have the plan open")
        found |= {"row": ben_row.inner_text(), "people": self.look("widget-people")}
        people.click()
        ben.comments("What when it is down?")
        thread = review.locator("article[data-thread]").filter(has_text="What when it is down?")
        expect(thread).to_contain_text("Ben")
        found["badge"] = review.locator(".connection .chip").inner_text()
        found["lines"] = self.writes_lines(page, review)
        return found

    def writes_lines(self, page: Page, review: Locator) -> str:
        """What stands in a comment after Enter within it."""
        review.get_by_role("button", name="Comment on the plan as a whole").click()
        field = review.get_by_role("textbox", name="What do you want to know?")
        for key in ("a", "Enter", "b"):
            page.keyboard.press(key)
        return field.input_value()

    def asks_by_keys(self, page: Page, review: Locator) -> None:
        """From the button to the link without a pointer."""
        review.get_by_role("button", name="Share", exact=True).focus()
        page.keyboard.press("Enter")
        dialog = review.get_by_role("dialog", name="Share this plan")
        expect(dialog.get_by_role("radio", name="Can review")).to_be_focused()
        for key in ("Tab", "Tab"):
            page.keyboard.press(key)
        page.keyboard.type("Ben")
        page.keyboard.press("Enter")
        expect(dialog.get_by_role("textbox", name="The link")).to_be_focused()

    def panel(self, ben: Ben) -> Found:
        """Find the link again where there is little room, copy it without a clipboard, and take it
        back.
        """
        page = self.page
        self.stage.widen(420, 860)
        put_away(page)
        choose_theme(page, "Dark")
        page.evaluate(NO_CLIPBOARD)
        tab = page.locator('[data-id*="peerplan"]').first
        tab.click()
        page.locator(".peerplan-row").filter(has_text="Shared").click()
        tab.click()
        review = page.locator("section.review")
        expect(review).to_contain_text("Sessions live in the web process")
        review.get_by_role("button", name="Share", exact=True).tap()
        dialog = review.get_by_role("dialog", name="Share this plan")
        expect(dialog.get_by_text("Ben is here by it.")).to_be_visible()
        found: Found = {"dialog": self.look("panel-dialog")}
        dialog.get_by_role("button", name="Copy the link: Ben").tap()
        expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
        note = dialog.get_by_role("textbox", name="For whom")
        note.focus()
        page.keyboard.press("Control+V")
        found["pasted"] = note.input_value()
        dialog.get_by_role("button", name="Take back the link: Ben").tap()
        dialog.get_by_role("button", name="Take back", exact=True).tap()
        expect(dialog.get_by_text("1 link that no longer holds")).to_be_visible()
        page.keyboard.press("Escape")
        review.get_by_role("button", name="Here now").tap()
        expect(review.locator(".everybody li")).to_have_count(1)
        found["people"] = self.look("panel-people")
        expect(review.locator(".connection .chip")).to_contain_text("alone")
        until(lambda: ben.is_told()["me"].get("over"))
        told = ben.is_told()
        return found | {"ben": told["me"], "detail": told["connection"]["detail"]}


def until(found: Callable[[], Any]) -> None:
    """Playwright's pages are still while this waits."""
    for _ in range(200):
        if found():
            return
        time.sleep(0.1)
    raise AssertionError("It did not come about.")


def prepare(scratch: Scratch) -> None:
    make_plan(scratch.home, PLAN, CONTENT)
    write_notebook(scratch.work / "shared.ipynb", OPEN.format(plan=PLAN))


def play(stage: LabStage) -> Found:
    with Workspace(Home.under(stage.scratch.root / "ben")) as workspace:
        one, ben = Play(stage), Ben(workspace)
        widget = one.widget(ben)
        try:
            return {"widget": widget, "panel": one.panel(ben)}
        finally:
            stage.page.evaluate("delete navigator.clipboard")
            choose_theme(stage.page, "Light")

"""A review where there is little room: in a notebook on a phone, in a panel, in a slit of a few
pixels. A part of `lab_play.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from axe_checks import violations
from playwright.sync_api import Locator, Page, expect
from stage import (
    OPEN,
    Found,
    LabStage,
    choose_theme,
    execute,
    put_away,
    run_first_cell,
    show_beside,
    until_there,
    write_notebook,
)

from peerplan_jupyter.cli.demo.scratch import Scratch
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

CONTENT = """## Why

Sessions live in the web process today, so every deployment signs everybody out.

| Claim | Evidence | Where |
| --- | --- | --- |
| Logout ends every tab | `a_rather_long_name_of_a_recording.webm` | second frame |

```python
def load(self, key: str, and_a_rather_long_parameter: str) -> Session | None: ...
```
"""
OVERFLOW = """host => {
  const review = host.shadowRoot.querySelector('.review');
  const page = document.scrollingElement;
  return {
    page: page.scrollWidth - page.clientWidth,
    review: review.scrollWidth - review.clientWidth,
    reading: [...review.querySelectorAll('.reading, .sheet, .header, .verdict')]
      .map(one => one.scrollWidth - one.clientWidth),
  };
}"""


def make_plans(home: Path, *plans: str) -> None:
    """Plans with evidence, about which a review was asked for."""
    with Workspace(Home.under(home)) as workspace:
        agent = workspace.actor("agent", "builder")
        for plan in plans:
            title = f"Move session storage to Redis, {plan}"
            made = CreatePlan(actor=agent, plan_id=plan, title=title, content=CONTENT)
            workspace.run(workspace.create(made))
            log = ("a line of a log " * 12).encode()
            workspace.run(workspace.attach(plan, agent, log, name="server.log", caption="It runs."))
            for wire in (
                {"op": "add_step", "step": {"title": "Session adapter", "criteria": ["It runs"]}},
                {"op": "annotate", "type": "concern", "content": "Words", "target": _words()},
                {"op": "request_review"},
            ):
                workspace.run(workspace.submit(plan, parse_operation(wire, agent)))


def _words() -> dict[str, Any]:
    return {"type": "text", "quote": {"exact": "signs everybody out"}}


def look(page: Page) -> Found:
    """What axe says of the review, and by how many pixels it runs out of its room."""
    host = page.locator("[data-lm-suppress-shortcuts]")
    axe = violations(page, "[data-lm-suppress-shortcuts]")
    return {"axe": axe, "over": host.evaluate(OVERFLOW)}


def by_keys(page: Page, review: Locator) -> None:
    """Comment on a paragraph, then approve, without a pointer."""
    review.focus()
    for key in ("n", "n", "c"):
        page.keyboard.press(key)
    page.keyboard.type("By keys")
    page.keyboard.press("Control+Enter")
    expect(review.locator("article[data-thread]").filter(has_text="By keys")).to_be_visible()
    approve = review.get_by_role("button", name="Approve r1")
    for _ in range(100):
        page.keyboard.press("Tab")
        if approve.evaluate("one => one === one.getRootNode().activeElement"):
            break
    page.keyboard.press("Enter")
    page.keyboard.type("Fine by me")
    page.keyboard.press("Control+Enter")
    expect(review.get_by_text("You approved r1")).to_be_visible()


def by_touch(review: Locator) -> None:
    """Comment on the plan, find the comment, then ask for changes, with a finger."""
    review.get_by_role("button", name="Comment on the plan as a whole").tap()
    field = review.get_by_role("textbox", name="What do you want to know?")
    field.fill("By touch")
    review.get_by_role("region", name="Comment").get_by_role("button", name="Comment").tap()
    expect(review.locator("article[data-thread]").filter(has_text="By touch")).to_be_visible()
    review.get_by_role("button", name="Close", exact=True).tap()
    review.get_by_role("button", name="Request changes").tap()
    review.get_by_role("textbox", name="Summary of your review").fill("Not yet")
    review.locator(".summary").get_by_role("button", name="Request changes").tap()
    expect(review.get_by_text("You requested changes on r1")).to_be_visible()


def ask_for_two(review: Locator) -> None:
    """Change the policy, where it stands."""
    review.get_by_role("button", name="0 of 1").tap()
    expect(review.get_by_role("region", name="Reviews of r1")).to_contain_text("Not yet")
    review.get_by_role("button", name="Change", exact=True).tap()
    review.get_by_role("spinbutton", name="Approvals needed").fill("2")
    review.get_by_role("button", name="Save").tap()
    expect(review.get_by_role("button", name="0 of 2")).to_be_visible()


def approvals_needed(home: Path, plan: str) -> int:
    with Workspace(Home.under(home)) as workspace:
        return workspace.peer.call(lambda plans: plans.get(plan).policy.approvals)


class Play:
    """Three places in one page of JupyterLab."""

    def __init__(self, stage: LabStage) -> None:
        self.stage, self.page, self.home = stage, stage.page, stage.scratch.home

    def _notebook(self, plan: str) -> Locator:
        show_beside(self.stage, f"{plan}.ipynb")
        return run_first_cell(self.page)

    def _looks(self, name: str) -> Found:
        """What is found of one review in each theme; the last one stays."""
        found = {}
        for theme in THEMES:
            choose_theme(self.page, theme)
            self.stage.picture(f"{name}-{theme.lower()}")
            found[theme.lower()] = look(self.page)
        return found

    def notebook(self, plan: str) -> Found:
        """In a notebook alone in its window."""
        execute(self.page, "application:set-mode", mode="single-document")
        self.page.evaluate("jupyterapp.shell.collapseLeft()")
        review = self._notebook(plan)
        found = self._looks(plan)
        by_keys(self.page, review)
        execute(self.page, "application:set-mode", mode="multiple-document")
        return found | {"there": until_there(self.home, plan, "By keys")}

    def panel(self, plan: str) -> Found:
        """In JupyterLab's main area, with the side area folded."""
        put_away(self.page)
        tab = self.page.locator('[data-id*="peerplan"]').first
        tab.click()
        self.page.locator(".peerplan-row").filter(has_text=plan).click()
        tab.click()
        review = self.page.locator("section.review")
        expect(review).to_contain_text("Sessions live in the web process")
        found = self._looks(plan)
        by_touch(review)
        ask_for_two(review)
        there = until_there(self.home, plan, "By touch")
        return found | {"there": there, "policy": approvals_needed(self.home, plan)}

    def slit(self, plan: str) -> Found:
        """Beside JupyterLab's side area in a window that is too small for both."""
        self.page.evaluate("jupyterapp.shell.activateById('filebrowser')")
        review = self._notebook(plan)
        width = review.evaluate("one => one.clientWidth")
        found = self._looks(plan)
        review.get_by_role("button", name="Enlarge").tap()
        expect(review.get_by_role("button", name="Approve r1")).to_be_visible()
        large = self._looks(f"{plan}-large")
        by_touch(review)
        review.get_by_role("button", name="Back", exact=True).tap()
        expect(review.get_by_text("Too narrow to review here.")).to_be_visible()
        return found | {"width": width, "large": large}


PLAYS = {"notebook": Play.notebook, "panel": Play.panel, "slit": Play.slit}
THEMES = ("Light", "Dark")


def prepare(scratch: Scratch) -> None:
    make_plans(scratch.home, *PLAYS)
    for plan in PLAYS:
        write_notebook(scratch.work / f"{plan}.ipynb", OPEN.format(plan=plan))


def play(stage: LabStage) -> Found:
    one = Play(stage)
    stage.widen(420, 820)
    found = {plan: act(one, plan) for plan, act in PLAYS.items()}
    choose_theme(stage.page, "Light")
    return found

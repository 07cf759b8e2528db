"""A review where there is little room: in a notebook on a phone, in a panel, in a slit of a few
pixels. Prints findings as JSON.

`python narrow_play.py FOLDER CHROMIUM`, in a process of its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from stage import OPEN, open_notebook, run_first_cell, until_there, write_notebook

from peerplan_jupyter.cli.demo.processes import Processes
from peerplan_jupyter.cli.demo.scratch import Scratch, make_scratch
from peerplan_jupyter.cli.demo.server import LabServer, environment, start_lab
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
Found = dict[str, Any]


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
    broken = Axe().run(page, context="[data-lm-suppress-shortcuts]").response["violations"]
    return {"axe": [one["id"] for one in broken], "over": host.evaluate(OVERFLOW)}


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
    """The pages of one JupyterLab."""

    def __init__(self, scratch: Scratch, lab: LabServer, browser: Browser) -> None:
        self.scratch, self.lab, self.browser = scratch, lab, browser

    def page(self, width: int = 420) -> Page:
        page = self.browser.new_page(viewport={"width": width, "height": 820}, has_touch=True)
        page.set_default_timeout(60_000)
        return page

    def picture(self, page: Page, name: str) -> None:
        page.screenshot(path=self.scratch.logs / f"{name}.png")

    def notebook(self, plan: str) -> Found:
        """In a notebook alone in its window."""
        page = self.page()
        open_notebook(page, self.lab, f"{plan}.ipynb", "doc/tree")
        review = run_first_cell(page)
        found = look(page)
        self.picture(page, plan)
        by_keys(page, review)
        self.picture(page, f"{plan}-done")
        page.close()
        return found | {"there": until_there(self.scratch.home, plan, "By keys")}

    def panel(self, plan: str) -> Found:
        """In JupyterLab's main area, with the side area folded."""
        page = self.page()
        page.goto(f"{self.lab.url}lab?token={self.lab.token}&reset")
        tab = page.locator('[data-id*="peerplan"]').first
        tab.click()
        page.locator(".peerplan-row").filter(has_text=plan).click()
        tab.click()
        review = page.locator("section.review")
        expect(review).to_contain_text("Sessions live in the web process")
        found = look(page)
        self.picture(page, plan)
        by_touch(review)
        ask_for_two(review)
        self.picture(page, f"{plan}-done")
        page.close()
        there = until_there(self.scratch.home, plan, "By touch")
        return found | {"there": there, "policy": approvals_needed(self.scratch.home, plan)}

    def slit(self, plan: str) -> Found:
        """Beside JupyterLab's side area in a window that is too small for both."""
        page = self.page()
        open_notebook(page, self.lab, f"{plan}.ipynb")
        review = run_first_cell(page)
        width = review.evaluate("one => one.clientWidth")
        found = look(page)
        self.picture(page, plan)
        review.get_by_role("button", name="Enlarge").tap()
        expect(review.get_by_role("button", name="Approve r1")).to_be_visible()
        large = look(page)
        self.picture(page, f"{plan}-large")
        by_touch(review)
        review.get_by_role("button", name="Back", exact=True).tap()
        expect(review.get_by_text("Too narrow to review here.")).to_be_visible()
        page.close()
        return found | {"width": width, "large": large}


def darken(scratch: Scratch) -> None:
    """JupyterLab in the dark, from the next page on."""
    theme = {"@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Dark"}}
    path = scratch.jupyter / "config" / "labconfig" / "default_setting_overrides.json"
    path.write_text(json.dumps(theme), "utf-8")


PLAYS = {"notebook": Play.notebook, "panel": Play.panel, "slit": Play.slit}


def main(folder: Path, chromium: str) -> None:
    scratch = make_scratch(folder, "Robin")
    plans = [f"{name}-{theme}" for theme in ("light", "dark") for name in PLAYS]
    make_plans(scratch.home, *plans)
    for plan in plans:
        write_notebook(scratch.work / f"{plan}.ipynb", OPEN.format(plan=plan))
    expect.set_options(timeout=60_000)
    found = {}
    with Processes(scratch.logs) as processes, sync_playwright() as driver:
        lab = start_lab(processes, scratch, environment(scratch, "Robin"))
        browser = driver.chromium.launch(executable_path=chromium)
        play = Play(scratch, lab, browser)
        for plan in plans:
            if plan == "notebook-dark":
                darken(scratch)
            found[plan] = PLAYS[plan.split("-")[0]](play, plan)
        browser.close()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

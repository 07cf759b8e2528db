"""An agent's server, its author's notebook and a reviewer's page hold one plan. A part of
`lab_play.py`.

The agent is the demo's, a client of the server's MCP endpoint. Robin has the notebook, and gives
Rita a link, who opens it on the built page in a browser of her own. The three meet at the room of
the Jupyter server.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from page_stage import run_here, served
from playwright.sync_api import BrowserContext, Locator, expect
from stage import (
    OPEN,
    Found,
    LabStage,
    comment,
    run_first_cell,
    show_beside,
    write_notebook,
)

from peerplan_jupyter.cli.demo.processes import Ended, Event
from peerplan_jupyter.cli.demo.scratch import PR, Scratch
from peerplan_jupyter.cli.demo.server import environment
from peerplan_jupyter.cli.demo.story import PLAN_ID
from peerplan_jupyter.store.agent_token import agent_token
from peerplan_jupyter.store.home import Home

QUESTION = "What do people see while Redis is away?"
ANSWER = "A slow Redis is worse than one that is away"
VIEW = """(element) => {
  const key = Object.keys(element).find((name) => name.startsWith("__reactFiber$"));
  let fiber = element[key];
  while (fiber && !fiber.memoizedProps?.value?.session) fiber = fiber.return;
  return fiber.memoizedProps.value.session.getState().view;
}"""
"""What the interface in a page draws, whoever is behind it."""


class Play:
    """The three and what they see."""

    def __init__(self, stage: LabStage) -> None:
        self.stage, self.scratch, self.lab = stage, stage.scratch, stage.lab

    def start_agent(self) -> None:
        token = agent_token(Home.under(self.scratch.home))
        command = [sys.executable, "-m", "peerplan_jupyter.cli.demo.agent", self.lab.mcp]
        own = {"PEERPLAN_DEMO_TOKEN": token}
        where = self.scratch.work
        env = environment(self.scratch, "Robin") | own
        self.stage.processes.start("agent", [*command, str(where)], env, where)

    def until(self, name: str) -> Event:
        """What the agent tells, up to an event of that name."""
        deadline = time.monotonic() + 60
        while True:
            event = self.stage.processes.events.get(timeout=max(deadline - time.monotonic(), 0))
            assert not isinstance(event, Ended), event
            if event["event"] == name:
                return event

    def build(self, site: Path) -> None:
        """The page, which may talk to the room of this Jupyter server."""
        room = f"ws://{urlsplit(self.lab.url).netloc}/peerplan/room"
        run_here(self.scratch.work, "site", "build", str(site), "--from-branch", "--server", room)

    def robin_opens(self) -> tuple[Locator, str]:
        """The review in a notebook, and the link that Robin makes there."""
        page = self.stage.page
        show_beside(self.stage, "plan.ipynb")
        review = run_first_cell(page)
        review.get_by_role("button", name="Share", exact=True).click()
        dialog = review.get_by_role("dialog", name="Share this plan")
        dialog.get_by_role("textbox", name="For whom").fill("Rita")
        page.keyboard.press("Enter")
        link = dialog.get_by_role("textbox", name="The link").input_value()
        page.keyboard.press("Escape")
        return review, link

    def rita_opens(self, context: BrowserContext, address: str) -> Locator:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(address)
        expect(page.locator(".connection .chip")).to_contain_text("live · direct")
        return page.locator("section.review")

    def ask(self, path: str) -> Found:
        """What the Jupyter server answers."""
        headers = {"Authorization": f"token {self.lab.token}"}
        url = f"{self.lab.url}peerplan/api/plans/{PLAN_ID}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return json.loads(answer.read())

    def published(self) -> Found:
        place = f"plan-artifacts:pr-{PR}/plan-{PLAN_ID}/plan.json"
        command = ["git", "show", place]
        done = subprocess.run(command, cwd=self.scratch.remote, check=True, capture_output=True)
        return json.loads(done.stdout)


def thread(review: Locator) -> Locator:
    return review.locator("article[data-thread]").filter(has_text=QUESTION)


def reads(review: Locator) -> None:
    """See what the agent did about the question, and what it answered."""
    expect(thread(review)).to_contain_text("addressed")
    expect(thread(review)).to_contain_text("applied")
    more = thread(review).get_by_role("button", name="1 reply")
    if more.count():
        more.click()
    expect(thread(review)).to_contain_text(ANSWER)


def badge(review: Locator) -> str:
    return review.locator(".connection .chip").inner_text()


def approve(review: Locator) -> None:
    """Resolve the thread, and say yes to the revision that came of it."""
    one = thread(review)
    one.get_by_role("button", name="Resolve", exact=True).click()
    review.get_by_role("button", name="Approve r2").click()
    words = review.get_by_role("textbox", name="Summary of your review")
    words.fill("Go ahead.")
    words.press("Control+Enter")


def ways(review: Locator, who: str) -> str:
    """How the interface says that it reaches somebody."""
    people = review.get_by_role("button", name=re.compile("Here now"))
    people.click()
    row = review.locator(".everybody li").filter(has_text=who)
    said = row.inner_text()
    people.click()
    return said


def holds(plan: Found) -> Found:
    """A plan without where its files are read, which is another place for each."""
    artifacts = [{**one, "url": ""} for one in plan["artifacts"]]
    return {**plan, "artifacts": artifacts}


def soon(told: Callable[[], list[Found]], seconds: float = 20) -> list[Found]:
    """What each holds, once all hold the same; else what they hold at the end."""
    deadline = time.monotonic() + seconds
    while True:
        all_of_them = told()
        if all(one == all_of_them[0] for one in all_of_them) or time.monotonic() > deadline:
            return all_of_them
        time.sleep(0.1)


def meet(made: Play, context: BrowserContext) -> Found:
    made.start_agent()
    made.until("waiting")
    site_folder = made.scratch.root / "site"
    made.build(site_folder)
    robin, link = made.robin_opens()
    with served(site_folder) as site:
        address = f"{site}/plan?pr={PR}&plan={PLAN_ID}#{link.partition('#')[2]}"
        rita = made.rita_opens(context, address)
        rita.page.locator(".chip.you").click()
        rita.page.get_by_role("textbox", name="Your name").fill("Rita")
        rita.page.get_by_role("textbox", name="Your name").press("Enter")
        rita.page.keyboard.press("Escape")
        comment(rita, QUESTION)
        found: Found = {"heard": made.until("heard")}
        made.until("waiting")
        for review in (robin, rita):
            reads(review)
        approve(robin)
        made.until("approved")
        made.until("published")
        for review in (robin, rita):
            expect(review.locator(".chip.status")).to_have_text("Approved")
        expect(rita.page.locator(".connection .chip")).to_contain_text("live · direct")
        found |= {"rita": badge(rita), "robin": badge(robin), "row": ways(robin, "Rita")}
        found["plans"] = dict(
            zip(
                ("published", "server", "notebook", "page"),
                soon(lambda: plans(made, robin, rita)),
                strict=True,
            )
        )
    return found


def plans(made: Play, robin: Locator, rita: Locator) -> list[Found]:
    views = [made.published(), made.ask("/plan.json"), robin.evaluate(VIEW), rita.evaluate(VIEW)]
    return [holds(one["plan"]) for one in views]


def prepare(scratch: Scratch) -> None:
    write_notebook(scratch.work / "plan.ipynb", OPEN.format(plan=PLAN_ID))


def play(stage: LabStage) -> Found:
    browser = stage.page.context.browser
    assert browser
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    found = meet(Play(stage), context)
    context.close()
    return found

"""The whole loop, as its two programs play it, an agent over MCP and a reviewer in a browser; and a
site that shows what came of it, by the lines of `examples/site.md`.

The site is looked at by Playwright's asynchronous interface: the event loop of the other one and
pytest-jupyter's cannot live in one process.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.async_api import Page, async_playwright, expect

from .site_example import Example

pytestmark = pytest.mark.timeout(400)
FOLDER = "pr-12/plan-redis-sessions"
EVIDENCE = ("benchmark.ipynb", "copy.log", "junit.xml", "latency.png", "restart.webm")
SECONDS = 30_000


@pytest.fixture(scope="module")
def example(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Example:
    made = Example(tmp_path_factory.mktemp("example"), chromium)
    made.said = made.run("")
    return made


@pytest.fixture(scope="module")
def site(example: Example) -> Iterator[str]:
    """The address of the site."""
    with example.running("serve"):
        yield f"http://localhost:{example.port}"


@pytest.fixture(scope="module")
def played(example):
    """One play: its events, its plan, and a function that reads its remote."""
    kept = example.folder / "shop"

    def show(path):
        git = ["git", "-C", str(kept / "remote.git"), "show", f"plan-artifacts:{FOLDER}/{path}"]
        return subprocess.run(git, check=True, capture_output=True).stdout

    events = [json.loads(line) for line in example.said.splitlines() if line.startswith("{")]
    plan = json.loads(show("plan.json"))["plan"]
    return SimpleNamespace(events=events, plan=plan, show=show, kept=kept)


def test_the_remote_holds_the_approved_plan(played):
    plan = played.plan
    assert plan["status"] == "approved"
    assert plan["review"]["digest"] == plan["revisions"][-1]["digest"]
    assert plan["revisions"][-1]["number"] == 2
    assert plan["identities"][plan["review"]["author"]]["kind"] == "human"


def test_every_artifact_on_the_remote_has_its_hash(played):
    artifacts = played.plan["artifacts"]
    kinds = {one["type"] for one in artifacts}
    assert kinds == {"screenshot", "test_results", "log", "diff", "notebook", "recording"}
    for one in artifacts:
        file = one["url"].rsplit("/", 1)[-1]
        assert file == one["file"]
        assert one["hash"] == f"sha256:{hashlib.sha256(played.show(file)).hexdigest()}"


def test_the_comment_made_in_the_browser_is_there_with_the_agents_answer(played):
    (annotation,) = played.plan["annotations"]
    people = played.plan["identities"]
    assert annotation["target"]["quote"]["exact"] == "Sessions expire after 24 hours."
    assert annotation["anchor"]["state"] == "anchored"
    assert people[annotation["author"]] == {"name": "Robin Reviewer", "kind": "human"}
    (reply,) = annotation["replies"]
    assert people[reply["author"]]["kind"] == "agent"
    assert (annotation["disposition"]["value"], annotation["state"]) == ("applied", "resolved")
    assert annotation["receipt"]["read"]
    assert "seven days" in played.plan["content"]


def test_the_agent_hears_before_the_reviewer_sees_its_answer(played):
    names = dict.fromkeys(one["event"] for one in played.events)
    at = {name: number for number, name in enumerate(names)}
    assert at["selected"] < at["heard"] < at["saw_reply"] < at["saw_disposition"] < at["resolved"]
    assert at["resolved"] < at["verdict"]


def test_every_event_says_who_and_when(played):
    assert {one["who"] for one in played.events} == {"demo", "server", "agent", "reviewer"}
    times = [one["at"] for one in played.events]
    assert times == sorted(times)


def test_the_notebook_opens_the_plan(played):
    plan = next(one["plan"] for one in played.events if one["event"] == "plan_created")
    cells = json.loads((played.kept / "work" / "review.ipynb").read_text())["cells"]
    assert f'peerplan.open("{plan}")' in "".join(cells[0]["source"])


def test_the_clone_is_left_as_it_was(played):
    status = subprocess.run(
        ["git", "-C", str(played.kept / "work"), "status", "--porcelain"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert status == "?? review.ipynb\n"


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


def test_the_page_of_the_example_shows_a_plan_that_was_proved_and_approved(example, site, chromium):
    folder = example.folder / "site/plans/pr-12/plan-redis-sessions"
    plan = json.loads((folder / "plan.json").read_text("utf-8"))["plan"]
    assert plan["status"] == "approved"
    assert {one["file"] for one in plan["artifacts"]} >= set(EVIDENCE)

    async def look() -> None:
        async with async_playwright() as play:
            browser = await play.chromium.launch(executable_path=chromium)
            page = await browser.new_page()
            await opened(page, f"{site}/")
            await page.get_by_role("link", name=plan["title"]).click()
            status = page.locator(".chip.status")
            await expect(status).to_have_text("Approved", timeout=SECONDS)
            marks = page.locator(".evidence-mark.verified")
            await expect(marks).to_have_count(len(plan["artifacts"]), timeout=SECONDS)
            await page.goto(f"{site}/plan?pr=12&plan=redis-sessions")
            await expect(status).to_have_text("Approved", timeout=SECONDS)
            await browser.close()

    asyncio.run(look())


def test_with_the_invitation_of_the_example_the_page_is_in_the_room(example, site, chromium):
    link = example.run("live", "shop/work")
    [fragment] = re.findall(r"#(\S+)", link)

    async def look() -> None:
        async with async_playwright() as play:
            browser = await play.chromium.launch(executable_path=chromium)
            page = await browser.new_page()
            await opened(page, f"{site}/plan?pr=12&plan=redis-sessions#{fragment}")
            chip = page.locator(".connection .chip")
            await expect(chip).to_have_text("alone", timeout=SECONDS)
            await browser.close()

    with example.running("rooms"):
        asyncio.run(look())

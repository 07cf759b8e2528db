"""The dashboard of a team: what it shows of reports, while they come. A part of `lab_play.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_checks import violations
from pictures import take_picture
from playwright.sync_api import Page, expect
from stage import Found, LabStage

from peerplan_jupyter.cli.demo.scratch import Scratch
from peerplan_jupyter.coordination.server.client import ServerAddress

EVIL = "<img src=x onerror='window.__hostile = 1'> Hostile"
OVERFLOW = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


def phases(*statuses: str) -> list[dict[str, str]]:
    names = ("implement", "test", "review")
    return [{"name": name, "status": status} for name, status in zip(names, statuses, strict=True)]


def run(number: int, who: str, title: str, phase: str, **fields: Any) -> dict[str, Any]:
    tag = who[:2].lower()
    return {
        "project": {"key": "0" * 16, "name": "shop"},
        "task": f"TASK-{tag.upper()}-{number:03d}",
        "tag": tag,
        "machine": "00c0ffee",
        "title": title,
        "executor": who,
        "branch": f"orc/TASK-{tag.upper()}-{number:03d}-{tag}",
        "status": "running",
        "phase": phase,
        "warn_per_task": 5,
        **fields,
    }


def report(server: ServerAddress) -> None:
    """A morning of four people."""
    passed, now, later = "passed", "running", "pending"
    for kind, facts in (
        ("start", run(3, "Ada Lovelace", "Expire sessions after fifteen minutes of silence", "test",
                      cost=1.25, phases=phases(passed, now, later))),
        ("start", run(7, "Bo Jensen", "Move the basket into the database", "review", cost=6.4,
                      status="waiting", plan="basket", phases=phases(passed, passed, "waiting"))),
        ("start", run(12, "Chidi", EVIL, "implement", phases=phases(now, later, later))),
        ("stop", run(2, "Ada Lovelace", "Sign everybody out of all tabs", "review", cost=0.82,
                     status="completed", phases=phases(passed, passed, passed))),
        ("stop", run(11, "Diana Prince", "Take the old report down", "implement", cost=0.004,
                     status="failed", phases=phases("failed", later, later))),
        ("stop", run(9, "Bo Jensen", "A title that goes on for longer than anybody reads it in a "
                     "table, and then a little further", "test", status="stopped", cost=0.31)),
    ):  # fmt: skip
        server.post(f"runs/{kind}", facts)


def looks(page: Page, folder: Path) -> Found:
    """Axe, and how far the page runs out of its window, in each look."""
    found: Found = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 420):
            page.set_viewport_size({"width": width, "height": 900})
            take_picture(page, folder, f"team-{scheme}-{width}")
            found[f"{scheme} {width}"] = {"axe": violations(page), "over": page.evaluate(OVERFLOW)}
    return found


def prepare(scratch: Scratch) -> None:
    """Nothing: the reports make it."""


def play(stage: LabStage) -> Found:
    page, lab = stage.page.context.new_page(), stage.lab
    asked: set[str] = set()
    said: list[str] = []
    page.on("request", lambda request: asked.add(urlsplit(request.url).hostname or ""))
    page.on("console", lambda message: said.append(message.text))
    server = ServerAddress(lab.url, lab.token, timeout=30)
    page.goto(f"{lab.url}peerplan/team?token={lab.token}")
    expect(page.locator("main")).to_contain_text("Nothing has been reported yet.")
    report(server)
    cards = page.locator(".card")
    expect(cards).to_have_count(3)
    seen = looks(page, stage.scratch.logs)
    people = page.locator(".people li").all_inner_texts()
    server.post("runs/stop", run(12, "Chidi", EVIL, "implement", status="completed", cost=2))
    expect(cards).to_have_count(2)
    row = page.locator("tr").filter(has_text="TASK-CH-012")
    found = {
        "hosts": sorted(asked),
        "said": said,
        "hostile": page.evaluate("window.__hostile ?? 0"),
        "looks": seen,
        "people": [one.split("\n")[1:] for one in people],
        "row": row.inner_text().split("\n"),
        "much": page.locator(".much").all_inner_texts(),
        "numbers": page.locator(".numbers b").all_inner_texts(),
    }
    page.close()
    return found

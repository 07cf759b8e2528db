"""What a page does with a hostile plan, with a kernel that is busy, and with what an agent does: a
part of `lab_play.py`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_checks import violations
from playwright.sync_api import Page, expect
from stage import (
    OPEN,
    SLEEP,
    Found,
    LabStage,
    as_agent,
    comment,
    execute,
    make_plan,
    open_plan,
    put_away,
    run_cell,
    run_first_cell,
    show_beside,
    until_there,
    write_notebook,
)

from peerplan_jupyter.cli.demo.scratch import Scratch
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

EVIL = "window.__hostile = (window.__hostile || 0) + 1"
TITLE = f"<img src=x onerror='{EVIL}'> Hostile"
CONTENT = f"""# Heading

Plain words that a person reads.

<script>{EVIL}</script><img src=x onerror="{EVIL}"><svg onload="{EVIL}"></svg>

[a link](javascript:{EVIL}) and [another](data:text/html,<script>{EVIL}</script>)

![picture](https://elsewhere.example/pixel.png) ![x](javascript:{EVIL})

<iframe srcdoc="<script>parent.{EVIL}</script>"></iframe><style>*{{display:none}}</style>
"""
TASK = f"<img src=x onerror='{EVIL}'> Task"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{EVIL}"><script>{EVIL}</script></svg>'
HTML = f"<!doctype html><script>parent.{EVIL}; top.{EVIL}</script><p>page</p>"


def choose_theme(page: Page, name: str) -> None:
    page.locator(".lm-MenuBar-item").filter(has_text="Settings").click()
    page.locator(".lm-Menu-item").filter(has_text=re.compile("^Theme$")).hover()
    page.locator(".lm-Menu-item").filter(has_text=f"JupyterLab {name}").first.click()
    expect(
        page.locator(f'body[data-jp-theme-light="{str(name == "Light").lower()}"]')
    ).to_be_attached()


def make_plans(home: Path) -> None:
    """A hostile plan, and a calm one that its agent published nothing of."""
    with Workspace(Home.under(home)) as workspace:
        agent = workspace.actor("agent", "builder")
        hostile = CreatePlan(actor=agent, plan_id="hostile", title=TITLE, content=CONTENT)
        workspace.run(workspace.create(hostile))
        for name, data in (
            ("logo.svg", SVG),
            ("page.html", HTML),
            ("run.log", "\x1b[31mred\x1b[0m"),
        ):
            workspace.run(
                workspace.attach("hostile", agent, data.encode(), name=name, caption=HTML)
            )
        target = {"type": "text", "quote": {"exact": "Plain words"}}
        wire = {"op": "annotate", "type": "concern", "content": CONTENT, "target": target}
        workspace.run(workspace.submit("hostile", parse_operation(wire, agent)))
    make_plan(home, "calm")
    make_plan(home, "followed")


def make_tasks(work: Path) -> None:
    """Tasks of a team in the clone: a hostile one that is reviewed as a plan, and a broken one."""
    for name, text in (
        ("shared/config.yaml", "version: 1\n"),
        ("tasks/TASK-AM-001/task.yaml", json.dumps({
            "id": "TASK-AM-001", "uid": "01J8ZQ3V5N6W7X8Y9Z0ABCDEFG", "title": TASK, "plan": "calm"
        })),
        ("tasks/TASK-AM-002/task.yaml", "<<<<<<< ours\n"),
    ):  # fmt: skip
        place = work / ".orc" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")


def look_at_tasks(stage: LabStage) -> Found:
    """The section of tasks in the sidebar, in both themes; then the review of one of them."""
    page = stage.page
    make_tasks(stage.scratch.work)
    put_away(page)
    section = page.get_by_role("region", name="Tasks")
    rows = section.get_by_role("listitem")
    expect(rows).to_have_count(2)
    found: Found = {"rows": rows.all_inner_texts(), "axe": []}
    for theme in ("Dark", "Light"):
        choose_theme(page, theme)
        stage.picture(f"tasks-{theme.lower()}")
        found["axe"] += violations(page, "#peerplan-sidebar")
    rows.first.get_by_role("button").click()
    expect(page.locator("section.review")).to_contain_text("Annotate this.")
    page.locator(".lm-TabBar-tab.jp-mod-current .lm-TabBar-tabCloseIcon").click()
    link = section.get_by_role("link", name="Dashboard").get_attribute("href") or ""
    return {**found, "dashboard": urlsplit(link).path}


def play_hostile(stage: LabStage) -> Found:
    """Open the hostile plan from the sidebar, and every piece of its evidence."""
    page = stage.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).hostname or ""))
    review = open_plan(page, "hostile")
    expect(review).to_contain_text("Plain words that a person reads.")
    for name in ("logo.svg", "page.html", "run.log"):
        review.get_by_role("button", name=re.compile(re.escape(name))).first.click()
        page.wait_for_timeout(700)
    return {
        "ran": page.evaluate("window.__hostile ?? 0"),
        "hosts": sorted({host for host in asked if host not in {"127.0.0.1", ""}}),
        "asked": len(asked),
        "title": review.locator("h1").first.inner_text(),
        "scripts": review.locator("script, iframe[srcdoc*='parent']:not([sandbox])").count(),
        "axe": violations(page, "[data-lm-suppress-shortcuts]"),
        "tasks": look_at_tasks(stage),
    }


def play_busy(stage: LabStage) -> Found:
    """Annotate in the widget while the next cell sleeps; when it was durable, and the cell done."""
    page = stage.page
    show_beside(stage, "busy.ipynb")
    review = run_first_cell(page)
    run_cell(page, 1)
    expect(page.get_by_text("sleeping")).to_be_visible()
    comment(review, "While it runs")
    found = until_there(stage.scratch.home, "calm", "While it runs")
    running = page.locator(".jp-CodeCell").nth(1).locator(".jp-InputPrompt").inner_text()
    execute(page, "notebook:interrupt-kernel")
    return {"found": found, "prompt": running}


def play_ladder(stage: LabStage) -> list[list[str]]:
    """Comment while the agent is away, and see how far the words came with each thing it does."""
    lab, home = stage.lab, stage.scratch.home
    as_agent(lab, home, "get_plan", plan="followed")
    review = open_plan(stage.page, "followed")
    expect(review).to_contain_text("Annotate this.")
    comment(review, "Is it received?")
    thread = review.locator("article[data-thread]").filter(has_text="Is it received?")
    ladder = thread.get_by_role("list", name="Delivery to the agent")
    reached = ladder.locator("li.reached")
    expect(reached).to_have_count(1)
    seen = [reached.all_inner_texts()]
    key = thread.get_attribute("data-thread")
    steps: list[tuple[str, dict[str, Any]]] = [
        ("get_plan", {}),
        ("list_feedback", {}),
        ("set_disposition", {"annotation": key, "disposition": "declined", "note": "No."}),
    ]
    for tool, arguments in steps:
        as_agent(lab, home, tool, plan="followed", **arguments)
        expect(reached).to_have_count(len(seen) + 1)
        seen.append(reached.all_inner_texts())
    ladder.scroll_into_view_if_needed()
    return seen


def prepare(scratch: Scratch) -> None:
    make_plans(scratch.home)
    write_notebook(scratch.work / "busy.ipynb", OPEN.format(plan="calm"), SLEEP)


def play(stage: LabStage) -> Found:
    return {
        "hostile": play_hostile(stage),
        "busy": play_busy(stage),
        "ladder": play_ladder(stage),
    }

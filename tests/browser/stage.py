"""What the plays in JupyterLab share: notebooks, plans, and what the journal holds meanwhile."""

from __future__ import annotations

import asyncio
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import nbformat
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from pictures import take_picture
from playwright.sync_api import Locator, Page, expect

from peerplan_jupyter.cli.demo.processes import Processes
from peerplan_jupyter.cli.demo.scratch import Scratch
from peerplan_jupyter.cli.demo.server import LabServer
from peerplan_jupyter.plan.operations import CreatePlan
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.agent_token import agent_token
from peerplan_jupyter.store.home import Home

Found = dict[str, Any]
OPEN = "import peerplan_jupyter as peerplan\n\npeerplan.open({plan!r})"
SLEEP = "import time\nprint('sleep' + 'ing')\ntime.sleep(60)"


@dataclass(frozen=True)
class LabStage:
    """A JupyterLab, and a page of it."""

    page: Page
    lab: LabServer
    scratch: Scratch
    processes: Processes
    shared: list[str] = field(default_factory=list)
    """The kernel that notebooks share, once there is one."""

    def widen(self, width: int, height: int = 900) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def picture(self, name: str) -> None:
        take_picture(self.page, self.scratch.logs, name)


def make_plan(home: Path, plan: str, content: str = "Annotate this.") -> None:
    """A plan by an agent, in a journal."""
    with Workspace(Home.under(home)) as workspace:
        agent = workspace.actor("agent", "builder")
        made = CreatePlan(actor=agent, plan_id=plan, title=plan.title(), content=content)
        workspace.run(workspace.create(made))


def write_notebook(path: Path, *sources: str) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(made, path)


def expose_application(scratch: Scratch) -> None:
    """JupyterLab's pages have the application as `jupyterapp`."""
    config = scratch.jupyter / "config" / "jupyter_server_config.json"
    config.parent.mkdir(exist_ok=True)
    config.write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}), "utf-8")


def load_lab(page: Page, lab: LabServer) -> None:
    """JupyterLab with nothing open in it. That takes more than all that is done in it later."""
    page.goto(f"{lab.url}lab?token={lab.token}&reset")
    page.locator('[data-id*="peerplan"]').first.wait_for()


def open_plan(page: Page, plan: str) -> Locator:
    """Put a plan of the sidebar in the place of what is open; its review."""
    put_away(page)
    page.evaluate("jupyterapp.shell.activateById('peerplan-sidebar')")
    page.locator(f'.peerplan-row[title="{plan}"]').click()
    return page.locator("section.review")


def put_away(page: Page) -> None:
    """Close all that is open; kernels go on."""
    page.evaluate("for (const one of [...jupyterapp.shell.widgets('main')]) one.dispose()")


def execute(page: Page, command: str, **arguments: Any) -> None:
    """One of JupyterLab's commands."""
    run = "([command, given]) => jupyterapp.commands.execute(command, given).then(() => null)"
    page.evaluate(run, [command, arguments])


def choose_theme(page: Page, name: str) -> None:
    execute(page, "apputils:change-theme", theme=f"JupyterLab {name}")
    light = str(name == "Light").lower()
    expect(page.locator(f'body[data-jp-theme-light="{light}"]')).to_be_attached()


def show_notebook(page: Page, name: str, kernel: str | None = None) -> str:
    """Put a notebook in the place of what is open, and wait for its kernel, which it may share
    with another; the kernel's id.
    """
    put_away(page)
    execute(page, "docmanager:open", path=name, **({"kernel": {"id": kernel}} if kernel else {}))
    page.get_by_text(re.compile(r"Python 3.*\| Idle")).first.wait_for()
    return page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.id")


def show_beside(stage: LabStage, name: str) -> None:
    """Put a notebook in the place of what is open, in the one kernel of all that are shown so."""
    stage.shared[:] = [show_notebook(stage.page, name, *stage.shared)]


def run_cell(page: Page, number: int) -> None:
    page.locator(".jp-Notebook .jp-CodeCell .jp-InputArea-editor").nth(number).click()
    page.keyboard.press("Shift+Enter")


def run_first_cell(page: Page) -> Locator:
    """Run the cell that opens the plan; its review."""
    run_cell(page, 0)
    review = page.locator("section.review")
    expect(review).to_be_visible()
    return review


def comment(review: Locator, words: str) -> None:
    """Comment on the plan as a whole."""
    review.get_by_role("button", name="Comment on the plan as a whole").click()
    field = review.get_by_role("textbox", name="What do you want to know?")
    field.fill(words)
    field.press("Control+Enter")


def until_there(home: Path, plan: str, content: str, seconds: float = 20) -> bool:
    """Whether an annotation comes to be in the journal, looked at by another process."""
    deadline = time.monotonic() + seconds
    with Workspace(Home.under(home)) as workspace:
        while time.monotonic() < deadline:
            said = workspace.peer.call(
                lambda plans: [one.content for one in plans.get(plan).annotations()]
            )
            if content in said:
                return True
            time.sleep(0.1)
    return False


def as_agent(lab: LabServer, home: Path, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call one tool as an agent that comes over HTTP for it, and leaves."""
    headers = {"Authorization": f"Bearer {agent_token(Home.under(home))}"}

    async def call() -> dict[str, Any]:
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            Client(streamable_http_client(lab.mcp, http_client=http), mode="legacy") as agent,
        ):
            done = await agent.call_tool(tool, arguments)
            assert not done.is_error, done.content
            return dict(done.structured_content or {})

    # Playwright's loop runs on this thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, call()).result()

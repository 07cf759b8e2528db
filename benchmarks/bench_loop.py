"""The loop: an annotation made in the widget, in JupyterLab in Chromium, wakes a waiting agent.

    uv run python benchmarks/bench_loop.py

Times are of one machine's clock: when the page sent the annotation, when the page was told that
it is durable, when `wait_for_feedback` returned in an MCP client over HTTP. The reference is a
bare authenticated request to the same server.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from peerplan_jupyter.cli.demo.chromium import find_chromium
from peerplan_jupyter.cli.demo.processes import Processes
from peerplan_jupyter.cli.demo.scratch import make_scratch, write_notebook
from peerplan_jupyter.cli.demo.server import LabServer, environment, start_lab

ROUNDS = 60
WATCH = """
window.__told = {};
const note = (kind, text) => {
  const at = performance.timeOrigin + performance.now();
  if (kind === 'sent') {
    const id = /"op":"annotate".*?"content":"(round \\d+)"/.exec(text);
    const re = /"re":(\\d+)/.exec(text);
    if (id && re) window.__told[re[1]] = { content: id[1], sent: at };
  } else {
    const re = /"kind":\\s*"accepted".*?"re":\\s*(\\d+)/.exec(text);
    if (re && window.__told[re[1]]) window.__told[re[1]].accepted ??= at;
  }
};
const read = (data) => typeof data === 'string' ? data
  : data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? new TextDecoder().decode(data) : '';
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (!this.__watched) {
    this.__watched = true;
    this.addEventListener('message', (event) => note('came', read(event.data)));
  }
  note('sent', read(data));
  return send.call(this, data);
};
"""


class Agent(threading.Thread):
    """Creates the plan and waits for feedback again and again; notes when each item came."""

    def __init__(self, lab: LabServer) -> None:
        super().__init__(daemon=True)
        self.lab, self.came, self.ready = lab, {}, threading.Event()

    def run(self) -> None:
        asyncio.run(self._live())

    async def _live(self) -> None:
        headers = {"Authorization": f"token {self.lab.token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=120) as http:
            transport = streamable_http_client(self.lab.mcp, http_client=http)
            async with Client(transport) as client:
                made = await client.call_tool(
                    "create_plan", {"title": "Loop", "content": "Annotate this.", "plan_id": "loop"}
                )
                cursor = made.structured_content["cursor"]
                self.ready.set()
                while len(self.came) < ROUNDS:
                    cursor = await self._wait(client, cursor)

    async def _wait(self, client: Client, cursor: str) -> str:
        asked = {"plan": "loop", "cursor": cursor, "timeout_seconds": 60}
        found = (await client.call_tool("wait_for_feedback", asked)).structured_content
        for item in found["items"]:
            self.came.setdefault(item["untrusted_text"], time.time() * 1000)
        return found["cursor"]


def annotate_all(page: Page, lab: LabServer, agent: Agent) -> dict[str, dict[str, float]]:
    page.goto(lab.notebook)
    page.get_by_text(re.compile(r"Python 3.*\| Idle")).first.wait_for(timeout=90_000)
    page.locator(".jp-Notebook .jp-CodeCell").first.click()
    page.keyboard.press("Shift+Enter")
    review = page.locator("section.review")
    review.wait_for(timeout=60_000)
    for number in range(ROUNDS):
        review.get_by_role("button", name="Comment on the plan as a whole").click()
        page.keyboard.type(f"round {number}")
        page.keyboard.press("Control+Enter")
        deadline = time.monotonic() + 30
        while f"round {number}" not in agent.came and time.monotonic() < deadline:
            page.wait_for_timeout(20)
    told: dict[str, Any] = page.evaluate("window.__told")
    return {one["content"]: one for one in told.values()}


def bare(lab: LabServer) -> list[float]:
    took = []
    for _ in range(ROUNDS):
        request = urllib.request.Request(
            f"{lab.url}peerplan/api/here", headers={"Authorization": f"token {lab.token}"}
        )
        started = time.perf_counter()
        urllib.request.urlopen(request, timeout=10).read()
        took.append((time.perf_counter() - started) * 1000)
    return took


def row(table: Table, name: str, took: list[float], goal: str = "") -> None:
    ordered = sorted(took)
    p95 = ordered[int(len(ordered) * 0.95) - 1]
    table.add_row(name, str(len(took)), f"{statistics.median(took):.1f}", f"{p95:.1f}", goal)


def main() -> int:
    root = Path(tempfile.mkdtemp(prefix="peerplan-bench-")) / "loop"
    scratch = make_scratch(root, "Bench")
    env = environment(scratch, "Bench")
    with Processes(scratch.logs) as processes, sync_playwright() as play:
        lab = start_lab(processes, scratch, env)
        agent = Agent(lab)
        agent.start()
        agent.ready.wait(60)
        write_notebook(scratch, "loop")
        browser = play.chromium.launch(executable_path=os.fspath(find_chromium()))
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.add_init_script(WATCH)
        told = annotate_all(page, lab, agent)
        reference = bare(lab)
        browser.close()
    both = {key: (one, agent.came[key]) for key, one in told.items() if key in agent.came}
    table = Table("milliseconds", "n", "p50", "p95", "goal")
    sent = [came - one["sent"] for one, came in both.values()]
    accepted = [came - one["accepted"] for one, came in both.values() if "accepted" in one]
    durable = [one["accepted"] - one["sent"] for one in told.values() if "accepted" in one]
    row(table, "sent by the page → accepted (durable)", durable)
    row(table, "accepted in the page → agent's wait returns", accepted, "p95 ≤ 50")
    row(table, "sent by the page → agent's wait returns", sent)
    row(table, "reference: one bare request to that server", reference)
    Console(width=110).print(table, f"{ROUNDS - len(both)} of {ROUNDS} lost")
    return 0 if len(both) == ROUNDS else 1


if __name__ == "__main__":
    sys.exit(main())

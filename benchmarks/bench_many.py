"""A plan with 10,000 annotations in the widget, in JupyterLab in Chromium.

    uv run python benchmarks/bench_many.py

Times are from the widget's `open` to the painted view, and frames while its list scrolls. The
reference is the same with ten annotations, in the same run.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench_document import plan_of
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from peerplan_jupyter.cli.demo.chromium import find_chromium
from peerplan_jupyter.cli.demo.processes import Processes
from peerplan_jupyter.cli.demo.scratch import make_scratch, write_notebook
from peerplan_jupyter.cli.demo.server import LabServer, environment, start_lab
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

WATCH = """
const read = (data) => typeof data === 'string' ? data
  : data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? new TextDecoder().decode(data) : '';
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (!window.__opened && /"kind":\\s*"open"/.test(read(data))) window.__opened = performance.now();
  return send.call(this, data);
};
const painted = () => {
  const host = document.querySelector('[data-lm-suppress-shortcuts]');
  const found = host?.shadowRoot?.querySelector('article[data-thread]');
  if (found) requestAnimationFrame(() => { window.__painted = performance.now(); });
  else requestAnimationFrame(painted);
};
requestAnimationFrame(painted);
"""
SCROLL = """() => new Promise((done) => {
  const host = document.querySelector('[data-lm-suppress-shortcuts]');
  const thread = host.shadowRoot.querySelector('article[data-thread]');
  const scrolls = (one) => one.scrollHeight > one.clientHeight + 200
    && /auto|scroll/.test(getComputedStyle(one).overflowY);
  let list = thread;
  while (list && !scrolls(list)) list = list.parentElement;
  if (!list) return done([]);
  const frames = []; let last = performance.now();
  const step = (now) => {
    frames.push(now - last); last = now; list.scrollTop += 240;
    frames.length < 120 ? requestAnimationFrame(step) : done(frames.slice(2));
  };
  requestAnimationFrame(step);
})"""


def prepare(home: Path, annotations: int) -> str:
    """Put a plan into the journal that the server will use; its id."""
    document = plan_of(annotations)
    with Workspace(Home.under(home)) as workspace:
        workspace.peer.call(lambda plans: plans.take_in("bench", document.updates_since()))
    return "bench"


def look(annotations: int) -> tuple[float, list[float]]:
    """Milliseconds from `open` to the first thread on screen, and of frames while scrolling."""
    scratch = make_scratch(Path(tempfile.mkdtemp(prefix="peerplan-bench-")) / "many", "Bench")
    env = environment(scratch, "Bench")
    plan = prepare(scratch.home, annotations)
    with Processes(scratch.logs) as processes, sync_playwright() as play:
        lab = start_lab(processes, scratch, env)
        write_notebook(scratch, plan)
        browser = play.chromium.launch(executable_path=os.fspath(find_chromium()))
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.add_init_script(WATCH)
        times = measure(page, lab)
        browser.close()
    return times


def measure(page: Page, lab: LabServer) -> tuple[float, list[float]]:
    page.goto(lab.notebook)
    page.get_by_text(re.compile(r"Python 3.*\| Idle")).first.wait_for(timeout=90_000)
    page.locator(".jp-Notebook .jp-CodeCell").first.click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_function("window.__painted", timeout=90_000)
    shown: Any = page.evaluate("window.__painted - window.__opened")
    return float(shown), page.evaluate(SCROLL)


def main() -> int:
    table = Table("annotations", "open → painted, ms", "frame p50, ms", "frame p95, ms", "goal")
    for count in (10, 10_000):
        shown, frames = look(count)
        if count > 10 and not frames:
            raise SystemExit("No list scrolled, so nothing was measured.")
        ordered = sorted(frames) or [0.0, 0.0]
        p95 = ordered[int(len(ordered) * 0.95) - 1]
        middle = statistics.median(ordered)
        goal = "≤ 1000" if count > 10 else "reference"
        table.add_row(f"{count:,}", f"{shown:.0f}", f"{middle:.1f}", f"{p95:.1f}", goal)
    Console(width=110).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())

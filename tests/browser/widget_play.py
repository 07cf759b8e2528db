"""What the widget does when its kernel, or the server, goes away; prints findings as JSON.

`python widget_play.py FOLDER CHROMIUM`, in a process of its own.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright
from stage import (
    OPEN,
    SLEEP,
    Found,
    comment,
    expose_application,
    load_lab,
    make_plan,
    run_cell,
    run_first_cell,
    show_notebook,
    until_there,
    write_notebook,
)

from peerplan_jupyter.cli.demo.processes import Processes
from peerplan_jupyter.cli.demo.scratch import Scratch, make_scratch
from peerplan_jupyter.cli.demo.server import environment, start_lab


class Stage:
    """A JupyterLab, and a journal beside its own that its kernels may use."""

    def __init__(self, folder: Path, processes: Processes, scratch: Scratch) -> None:
        self.scratch, self.processes = scratch, processes
        self.elsewhere = folder / "elsewhere"
        self.env = environment(scratch, "Robin")
        self.lab = start_lab(processes, scratch, self.env)

    def kernels(self) -> list[str]:
        return [one["id"] for one in json.loads(self._ask("GET", "api/kernels"))]

    def end_kernels(self) -> None:
        for kernel in self.kernels():
            self._ask("DELETE", f"api/kernels/{kernel}")

    def stop(self) -> None:
        """As Ctrl-C would."""
        (file,) = (self.scratch.jupyter / "runtime").glob("jpserver-*.json")
        os.kill(json.loads(file.read_text())["pid"], signal.SIGTERM)
        while file.exists():
            time.sleep(0.05)

    def start_again(self) -> None:
        self.lab = start_lab(self.processes, self.scratch, self.env, self.lab)

    def _ask(self, method: str, path: str) -> bytes:
        headers = {"Authorization": f"token {self.lab.token}"}
        asked = urllib.request.Request(f"{self.lab.url}{path}", headers=headers, method=method)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return bytes(answer.read())


def badge(review: Locator) -> Locator:
    return review.locator(".connection .chip")


def write_half(review: Locator, words: str) -> Locator:
    """A comment that is begun, and not sent."""
    review.get_by_role("button", name="Comment on the plan as a whole").click()
    field = review.get_by_role("textbox", name="What do you want to know?")
    field.fill(words)
    return field


def restart_kernel(page: Page) -> None:
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Restart Kernel…", exact=True).click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for()


def play_calm(page: Page, stage: Stage) -> Found:
    """Where the server has the plans too: restart the kernel while a comment is half written, then
    end it for good.
    """
    show_notebook(page, "calm.ipynb")
    review = run_first_cell(page)
    expect(badge(review)).to_have_text("live · Jupyter server")
    field = write_half(review, "Written before the restart")
    restart_kernel(page)
    kept = field.input_value()
    page.wait_for_timeout(500)
    said = badge(review).inner_text()
    field.press("Control+Enter")
    there = until_there(stage.scratch.home, "calm", "Written before the restart")
    return {
        "restart": {"kept": kept, "badge": said, "there": there},
        "ended": end_kernel(page, stage, review),
    }


def end_kernel(page: Page, stage: Stage, review: Locator) -> Found:
    """End the kernel for good while the widget is open."""
    stage.end_kernels()
    page.get_by_text("No Kernel").first.wait_for()
    said = badge(review).inner_text()
    comment(review, "Written without a kernel")
    there = until_there(stage.scratch.home, "calm", "Written without a kernel")
    return {"badge": said, "there": there}


def play_alone(page: Page, stage: Stage) -> Found:
    """Work with a kernel whose plans the server has not: busy, restarted, and run again."""
    show_notebook(page, "elsewhere.ipynb")
    review = run_first_cell(page)
    expect(badge(review)).to_have_text("live · this kernel")
    run_cell(page, 1)
    expect(page.get_by_text("sleeping")).to_be_visible()
    comment(review, "Written while a cell ran")
    busy = until_there(stage.elsewhere, "elsewhere", "Written while a cell ran")
    restart_kernel(page)
    expect(badge(review)).to_contain_text("offline")
    badge(review).click()
    told = review.locator(".connection .popover").inner_text()
    page.screenshot(path=stage.scratch.logs / "offline.png")
    badge(review).click()
    comment(review, "Written to nobody")
    expect(badge(review)).to_have_text("offline · 1 unsent")
    half = "Half a thought"
    write_half(review, half)
    again = run_first_cell(page)
    there = until_there(stage.elsewhere, "elsewhere", "Written to nobody")
    expect(badge(again)).to_have_text("live · this kernel")
    field = again.get_by_role("textbox", name="What do you want to know?")
    kept = field.input_value() == half
    return {"busy": busy, "told": told, "there": there, "kept": kept}


def play_server(page: Page, stage: Stage) -> Found:
    """Stop the server while a comment is being written, send it, and start the server again."""
    show_notebook(page, "calm.ipynb")
    review = run_first_cell(page)
    field = write_half(review, "Written while the server was away")
    stage.stop()
    expect(badge(review)).to_contain_text("offline")
    kept = field.input_value()
    field.press("Control+Enter")
    expect(badge(review)).to_have_text("offline · 1 unsent")
    page.screenshot(path=stage.scratch.logs / "stopped.png")
    stage.start_again()
    expect(badge(review)).to_have_text("live · Jupyter server")
    there = until_there(stage.scratch.home, "calm", "Written while the server was away")
    return {"kept": kept, "there": there}


PLAYS: dict[str, Callable[[Page, Stage], Found]] = {
    "calm": play_calm,
    "alone": play_alone,
    "server": play_server,
}


def play_one(page: Page, stage: Stage, name: str) -> Found:
    try:
        return PLAYS[name](page, stage)
    finally:
        page.screenshot(path=stage.scratch.logs / f"{name}.png")


def write_notebooks(stage: Stage) -> None:
    work = stage.scratch.work
    away = f"import os\nos.environ['PEERPLAN_HOME'] = {str(stage.elsewhere)!r}\n"
    write_notebook(work / "calm.ipynb", OPEN.format(plan="calm"))
    write_notebook(work / "elsewhere.ipynb", away + OPEN.format(plan="elsewhere"), SLEEP)


def main(folder: Path, chromium: str) -> None:
    scratch = make_scratch(folder / "scratch", "Robin")
    expose_application(scratch)
    make_plan(scratch.home, "calm")
    make_plan(folder / "elsewhere", "elsewhere")
    expect.set_options(timeout=60_000)
    with Processes(scratch.logs) as processes, sync_playwright() as play:
        stage = Stage(folder, processes, scratch)
        write_notebooks(stage)
        browser = play.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(60_000)
        load_lab(page, stage.lab)
        found = {name: play_one(page, stage, name) for name in PLAYS}
        browser.close()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

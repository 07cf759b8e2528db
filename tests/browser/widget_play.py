"""What the widget does when its kernel, or the server, goes away. A part of `lab_play.py`."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from stage import (
    OPEN,
    SLEEP,
    Found,
    LabStage,
    comment,
    make_plan,
    run_cell,
    run_first_cell,
    show_beside,
    show_notebook,
    until_there,
    write_notebook,
)

from peerplan_jupyter.cli.demo.scratch import Scratch
from peerplan_jupyter.cli.demo.server import environment, start_lab


class Server:
    """The JupyterLab of a stage, as it goes away and comes back."""

    def __init__(self, stage: LabStage) -> None:
        self._stage, self._lab = stage, stage.lab

    def kernels(self) -> list[str]:
        return [one["id"] for one in json.loads(self._ask("GET", "api/kernels"))]

    def end_kernels(self) -> None:
        for kernel in self.kernels():
            self._ask("DELETE", f"api/kernels/{kernel}")

    def stop(self) -> None:
        """As Ctrl-C would."""
        (file,) = (self._stage.scratch.jupyter / "runtime").glob("jpserver-*.json")
        os.kill(json.loads(file.read_text())["pid"], signal.SIGTERM)
        while file.exists():
            time.sleep(0.05)

    def start_again(self) -> None:
        """At the same address, with the same token."""
        scratch = self._stage.scratch
        start_lab(self._stage.processes, scratch, environment(scratch, "Robin"), self._lab)

    def _ask(self, method: str, path: str) -> bytes:
        headers = {"Authorization": f"token {self._lab.token}"}
        asked = urllib.request.Request(f"{self._lab.url}{path}", headers=headers, method=method)
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


def play_calm(stage: LabStage) -> Found:
    """Where the server has the plans too: restart the kernel while a comment is half written, then
    end it for good.
    """
    page = stage.page
    show_beside(stage, "restarted.ipynb")
    review = run_first_cell(page)
    expect(badge(review)).to_have_text("live · Jupyter server")
    field = write_half(review, "Written before the restart")
    restart_kernel(page)
    kept = field.input_value()
    page.wait_for_timeout(500)
    said = badge(review).inner_text()
    field.press("Control+Enter")
    there = until_there(stage.scratch.home, "restarted", "Written before the restart")
    return {
        "restart": {"kept": kept, "badge": said, "there": there},
        "ended": end_kernel(stage, review),
    }


def end_kernel(stage: LabStage, review: Locator) -> Found:
    """End the kernel for good while the widget is open."""
    Server(stage).end_kernels()
    stage.page.get_by_text("No Kernel").first.wait_for()
    said = badge(review).inner_text()
    comment(review, "Written without a kernel")
    there = until_there(stage.scratch.home, "restarted", "Written without a kernel")
    return {"badge": said, "there": there}


def play_alone(stage: LabStage) -> Found:
    """Work with a kernel whose plans the server has not: busy, restarted, and run again."""
    page = stage.page
    show_notebook(page, "elsewhere.ipynb")
    review = run_first_cell(page)
    expect(badge(review)).to_have_text("live · this kernel")
    run_cell(page, 1)
    expect(page.get_by_text("sleeping")).to_be_visible()
    comment(review, "Written while a cell ran")
    busy = until_there(elsewhere(stage.scratch), "elsewhere", "Written while a cell ran")
    restart_kernel(page)
    expect(badge(review)).to_contain_text("offline")
    badge(review).click()
    told = review.locator(".connection .popover").inner_text()
    stage.picture("offline")
    badge(review).click()
    comment(review, "Written to nobody")
    expect(badge(review)).to_have_text("offline · 1 unsent")
    half = "Half a thought"
    write_half(review, half)
    again = run_first_cell(page)
    there = until_there(elsewhere(stage.scratch), "elsewhere", "Written to nobody")
    expect(badge(again)).to_have_text("live · this kernel")
    field = again.get_by_role("textbox", name="What do you want to know?")
    kept = field.input_value() == half
    return {"busy": busy, "told": told, "there": there, "kept": kept}


def play_server(stage: LabStage) -> Found:
    """Stop the server while a comment is being written, send it, and start the server again."""
    page = stage.page
    show_notebook(page, "restarted.ipynb")
    review = run_first_cell(page)
    field = write_half(review, "Written while the server was away")
    server = Server(stage)
    server.stop()
    expect(badge(review)).to_contain_text("offline")
    kept = field.input_value()
    field.press("Control+Enter")
    expect(badge(review)).to_have_text("offline · 1 unsent")
    stage.picture("stopped")
    server.start_again()
    expect(badge(review)).to_have_text("live · Jupyter server")
    there = until_there(stage.scratch.home, "restarted", "Written while the server was away")
    return {"kept": kept, "there": there}


PLAYS: dict[str, Callable[[LabStage], Found]] = {
    "calm": play_calm,
    "alone": play_alone,
    "server": play_server,
}


def elsewhere(scratch: Scratch) -> Path:
    """A journal beside the server's own, that kernels may use."""
    return scratch.logs.with_name("elsewhere")


def prepare(scratch: Scratch) -> None:
    make_plan(scratch.home, "restarted")
    make_plan(elsewhere(scratch), "elsewhere")
    away = f"import os\nos.environ['PEERPLAN_HOME'] = {str(elsewhere(scratch))!r}\n"
    write_notebook(scratch.work / "restarted.ipynb", OPEN.format(plan="restarted"))
    write_notebook(scratch.work / "elsewhere.ipynb", away + OPEN.format(plan="elsewhere"), SLEEP)


def play(stage: LabStage) -> Found:
    found = {}
    for name, act in PLAYS.items():
        try:
            found[name] = act(stage)
        finally:
            stage.picture(name)
    return found

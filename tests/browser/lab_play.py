"""Plays that need nothing but a JupyterLab, one after the other in one page of it; prints what each
found as JSON.

`python lab_play.py FOLDER CHROMIUM NAME…`, in a process of its own. A name is that of a module
beside this, without `_play`. It has `prepare`, for before JupyterLab starts, and `play`.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from parts import played
from pictures import last_pictures
from playwright.sync_api import expect, sync_playwright
from stage import Found, LabStage, expose_application, load_lab, put_away

from peerplan_jupyter.cli.demo.processes import Processes
from peerplan_jupyter.cli.demo.scratch import make_scratch
from peerplan_jupyter.cli.demo.server import environment, start_lab


def part(name: str) -> Any:
    return import_module(f"{name}_play")


def act(stage: LabStage, name: str) -> Found:
    stage.widen(1400)
    browser = stage.page.context.browser
    assert browser
    try:
        with last_pictures(browser, stage.scratch.logs, name):
            return part(name).play(stage)
    finally:
        put_away(stage.page)


def main(folder: Path, chromium: str, *names: str) -> None:
    scratch = make_scratch(folder / "scratch", "Robin")
    expose_application(scratch)
    for name in names:
        part(name).prepare(scratch)
    expect.set_options(timeout=60_000)
    with Processes(scratch.logs) as processes, sync_playwright() as driver:
        lab = start_lab(
            processes, scratch, environment(scratch, "Robin") | {"TMPDIR": str(scratch.logs.parent)}
        )
        browser = driver.chromium.launch(executable_path=chromium)
        allowed = ["clipboard-read", "clipboard-write"]
        page = browser.new_context(has_touch=True, permissions=allowed).new_page()
        page.set_default_timeout(60_000)
        stage = LabStage(page, lab, scratch, processes)
        load_lab(page, lab)
        acts = {name: partial(act, stage, name) for name in names}
        told = played(acts)
        browser.close()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])

"""Plays that need nothing but a JupyterLab, one after the other in one page of it; prints what each
found as JSON.

`python lab_play.py FOLDER CHROMIUM NAME…`, in a process of its own. A name is that of a module
beside this, without `_play`. It has `prepare`, for before JupyterLab starts, and `play`.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

from playwright.sync_api import expect, sync_playwright
from stage import LabStage, expose_application, load_lab, put_away

from peerplan_jupyter.cli.demo.processes import Processes
from peerplan_jupyter.cli.demo.scratch import make_scratch
from peerplan_jupyter.cli.demo.server import environment, start_lab


def main(folder: Path, chromium: str, *names: str) -> None:
    parts = {name: import_module(f"{name}_play") for name in names}
    scratch = make_scratch(folder / "scratch", "Robin")
    expose_application(scratch)
    for part in parts.values():
        part.prepare(scratch)
    expect.set_options(timeout=60_000)
    found = {}
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
        for name, part in parts.items():
            stage.widen(1400)
            try:
                found[name] = part.play(stage)
            finally:
                stage.picture(f"{name}-last")
            put_away(page)
        browser.close()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])

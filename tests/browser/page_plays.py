"""Plays of the static page, one after the other in one browser; prints what each found as JSON.

`python page_plays.py FOLDER CHROMIUM NAME…`, in a process of its own. A name is that of a module
beside this, without `_play`. It has `PLAYS`, which are about one published plan of their own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

from page_visit import Found, Play, staged
from parts import played
from pictures import last_pictures
from playwright.sync_api import Browser, expect, sync_playwright


def play_all(folder: Path, browser: Browser, chromium: str, name: str) -> Found:
    """What was found in each of a module's `PLAYS`."""
    with staged(folder / name, browser, chromium) as play:
        plays = import_module(f"{name}_play").PLAYS
        return {one: play_one(play, f"{name}-{one}", plays[one]) for one in plays}


def play_one(play: Play, name: str, act: Callable[[Play], Found]) -> Found:
    """What was found with a browser that has nothing else open."""
    try:
        with last_pictures(play.browser, play.stage.folder, name):
            return act(play)
    finally:
        for context in play.browser.contexts:
            context.close()


def main(folder: Path, chromium: str, *names: str) -> None:
    expect.set_options(timeout=30_000)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium)
        told = played({name: partial(play_all, folder, browser, chromium, name) for name in names})
        browser.close()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])

"""Plays of the static page, one after the other about one published plan and in one browser; prints
what each found as JSON.

`python page_plays.py FOLDER CHROMIUM NAME…`, in a process of its own. A name is that of a module
beside this, without `_play`. It has `PLAYS`.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from importlib import import_module
from pathlib import Path

from page_visit import Found, Play, staged
from parts import played
from pictures import last_pictures


def play_all(play: Play, name: str) -> Found:
    """What was found in each of a module's `PLAYS`, each with a browser that has nothing open."""
    play.stage.build(play.raw)
    found: Found = {}
    for one, act in import_module(f"{name}_play").PLAYS.items():
        try:
            with last_pictures(play.browser, play.stage.folder, f"{name}-{one}"):
                found[one] = act(play)
        finally:
            for context in play.browser.contexts:
                context.close()
    return found


def main(folder: Path, chromium: str, *names: str) -> None:
    with staged(folder, chromium) as play:
        parts = {name: partial(play_all, play, name) for name in names}
        told = played(parts)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])

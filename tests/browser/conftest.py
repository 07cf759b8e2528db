from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from peerplan_jupyter.cli.demo.chromium import find_chromium, install_chromium, require_playwright
from peerplan_jupyter.errors import NotFoundError


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A Chromium: Playwright's own, the system's, or one that is installed now."""
    require_playwright()
    try:
        return find_chromium()
    except NotFoundError:
        return install_chromium()


@pytest.fixture(scope="session")
def play(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`play("page_play.py")`: what a script beside this file found, in a folder of its own, and in
    a process: Playwright's event loop and pytest-jupyter's cannot live in one.
    """

    def _play(script: str, *given: str) -> Any:
        folder = tmp_path_factory.mktemp(Path(script).stem)
        command = [sys.executable, Path(__file__).with_name(script), folder, chromium, *given]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    return _play


class Parts:
    """What the parts of a script found that one process plays. One that failed is played once more,
    without the others, when it is asked for again.
    """

    def __init__(self, play: Callable[..., Any], script: str, *names: str) -> None:
        self._play, self._script, self._names = play, script, names
        self._told: dict[str, dict[str, Any]] = {}
        self._failed: set[str] = set()

    def __call__(self, name: str) -> Any:
        if not self._told:
            self._told = self._play(self._script, *self._names)
        elif name in self._failed:
            self._failed.remove(name)
            self._told |= self._play(self._script, name)
        told = self._told[name]
        if "failed" in told:
            self._failed ^= {name}
            raise AssertionError(told["failed"][-3000:])
        return told["found"]


@pytest.fixture(scope="session")
def parts(play: Callable[..., Any]) -> Callable[..., Parts]:
    """`parts("lab_play.py", "team", "panel")`: what each of these parts found."""
    return partial(Parts, play)

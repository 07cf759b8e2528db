from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .support.node import node_commands

ROOT = Path(__file__).parents[1]

# All of vitest, and a type check from nothing, beside whatever else the machine does.
pytestmark = pytest.mark.timeout(600)


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    return subprocess.run(
        command, cwd=cwd, check=False, capture_output=True, text=True, env=environment
    )


@pytest.fixture(scope="module")
def npm() -> list[str]:
    """npm in `js/`, whose packages are there after a build and are installed otherwise."""
    _, command = node_commands()
    if not (ROOT / "js" / "node_modules" / ".bin" / "vitest").exists():
        done = run(*command, "ci", "--no-audit", "--no-fund", cwd=ROOT / "js")
        assert done.returncode == 0, done.stderr
    return command


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["ruff", "format", "--check", "."]])
def test_the_python_code_is_clean(command):
    done = run(sys.executable, "-m", *command)
    assert done.returncode == 0, done.stdout


def test_the_python_code_is_typed():
    # Who runs mypy has a cache of it; to write one for this test alone takes a quarter longer.
    cache = [] if (ROOT / ".mypy_cache").exists() else [f"--cache-dir={os.devnull}"]
    done = run(sys.executable, "-m", "mypy", *cache)
    assert done.returncode == 0, done.stdout


def test_the_interface_is_typed_clean_and_does_what_its_tests_say(npm):
    for command in (["run", "--silent", "check"], ["exec", "--", "vitest", "run"]):
        done = run(*npm, *command, cwd=ROOT / "js")
        assert done.returncode == 0, done.stdout + done.stderr

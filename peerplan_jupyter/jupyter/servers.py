"""Finding the Jupyter server that this kernel belongs to."""

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
    # `ServerApp.info_file`; importing the server to ask it takes half a second.
    try:
        said = json.loads((Path(jupyter_runtime_dir()) / f"jpserver-{parent}.json").read_text())
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def base_url() -> str:
    """The path of the server's address, under which a page may reach it; empty if not known."""
    server = own_server()
    if server is not None:
        return str(server.get("base_url", ""))
    named = os.environ.get("JUPYTER_SERVER_URL", "")
    return os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "") or urlsplit(named).path

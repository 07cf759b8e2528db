"""The demo's JupyterLab: a server of its own on a free port, with its settings in the demo."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ...errors import UnreachableError
from .processes import Processes
from .scratch import NOTEBOOK, Scratch

START_SECONDS = 90.0
_extensions = {
    "peerplan_jupyter": True,
    "jupyterlab": True,
    "jupyter_lsp": False,
    "notebook_shim": False,
}
"""Without what looks for language servers with Node, and what speaks of settings of old."""
_options = (
    "--no-browser",
    "--ip=127.0.0.1",
    "--allow-root",
    f"--ServerApp.jpserver_extensions={_extensions}",
    "--LabApp.extension_manager=readonly",
)
_page_config = {
    "disabledExtensions": {
        "@jupyterlab/apputils-extension:announcements": True,
        "@jupyterlab/extensionmanager-extension:plugin": True,
    },
    "buildAvailable": False,
    "buildCheck": False,
}
"""Without news from elsewhere, and without asking Node whether JupyterLab is to be built anew."""


@dataclass(frozen=True)
class LabServer:
    """A JupyterLab that answers."""

    url: str
    """With a slash at the end."""
    token: str

    @property
    def notebook(self) -> str:
        """The address of the review notebook, with the token."""
        return f"{self.url}lab/tree/{NOTEBOOK}?token={self.token}"

    @property
    def mcp(self) -> str:
        """The address for agents."""
        return f"{self.url}peerplan/mcp"


def environment(scratch: Scratch, person: str) -> dict[str, str]:
    """The environment of the demo's processes: peerplan and Jupyter keep their things in the demo,
    and `person` is who sits at it.
    """
    return {
        **os.environ,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": person,
        "PEERPLAN_HOME": str(scratch.home),
        "JUPYTER_CONFIG_DIR": str(scratch.jupyter / "config"),
        "JUPYTER_RUNTIME_DIR": str(scratch.jupyter / "runtime"),
        "IPYTHONDIR": str(scratch.jupyter / "ipython"),
        "PYTHONUNBUFFERED": "1",
    }


def start_lab(
    processes: Processes, scratch: Scratch, env: dict[str, str], again: LabServer | None = None
) -> LabServer:
    """Start JupyterLab in the clone and wait until peerplan answers in it.

    `again` is one that ended: the new one has its address and token. Raises `UnreachableError`
    with the end of its log when it does not answer.
    """
    token = again.token if again else secrets.token_hex(16)
    port = urlsplit(again.url).port if again else _free_port()
    _write_settings(scratch)
    command = [
        sys.executable,
        "-m",
        "peerplan_jupyter.cli.demo.lab",
        *_options,
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={scratch.work}",
        f"--NotebookNotary.data_dir={scratch.jupyter}",
    ]
    process = processes.start("server", command, env | {"JUPYTER_TOKEN": token}, scratch.work)
    runtime = scratch.jupyter / "runtime" / f"jpserver-{process.pid}.json"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        url = _url(runtime)
        if url and _answers(f"{url}peerplan/api/plans", token):
            return LabServer(url, token)
        time.sleep(0.1)
    raise UnreachableError(
        f"JupyterLab did not start: {_last_lines(scratch.logs / 'server.log')}",
        hint="`peerplan doctor` says whether Jupyter finds the extension.",
    )


def _free_port() -> int:
    """A port that is free now. Jupyter takes another if it is taken meanwhile; given port 0,
    jupyter_server 2.17 does not say which one it got.
    """
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _write_settings(scratch: Scratch) -> None:
    folder = scratch.jupyter / "config" / "labconfig"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page_config.json").write_text(json.dumps(_page_config), "utf-8")


def _url(runtime: Path) -> str:
    try:
        return str(json.loads(runtime.read_text("utf-8"))["url"])
    except (OSError, ValueError, KeyError):
        return ""


def _answers(url: str, token: str) -> bool:
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def _last_lines(log: Path) -> str:
    return " ".join(log.read_text("utf-8", "replace").split()[-80:]) if log.exists() else "no log"

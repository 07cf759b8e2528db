"""A Jupyter server with jupyter-collaboration, in an environment of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PACKAGES = ("jupyter-collaboration==5.0.4", "jupyter-server==2.21.1")
NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
START_SECONDS = 60.0


def environment(folder: Path) -> Path:
    """The Python of a new virtual environment with it."""
    uv = shutil.which("uv")
    if uv is None:
        raise SystemExit("jupyter-collaboration is installed by uv, which is not on the PATH.")
    subprocess.run([uv, "venv", "-q", folder], check=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run([uv, "pip", "install", "-q", "--python", python, *PACKAGES], check=True)
    return python


@contextmanager
def collaboration(folder: Path) -> Iterator[dict[str, Any]]:
    """A server with one notebook; what a page needs to share it (see `JupyterGiven`)."""
    python = environment(folder / "venv")
    root = folder / "root"
    root.mkdir()
    (root / "review.ipynb").write_text(json.dumps(NOTEBOOK), "utf-8")
    token = secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [python, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1",
             f"--ServerApp.port={port}", f"--ServerApp.root_dir={root}"],
            env={**os.environ, **_folders(folder), "JUPYTER_TOKEN": token},
            cwd=root, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield {"token": token, **_shared(port, token)}
        finally:
            process.terminate()
            process.wait()


def _folders(folder: Path) -> dict[str, str]:
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    return {name: os.fspath(folder / name.lower()) for name in names}


def _shared(port: int, token: str) -> dict[str, str]:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/collaboration/session/review.ipynb",
        data=json.dumps({"format": "json", "type": "notebook"}).encode(),
        headers={"Authorization": f"token {token}"},
        method="PUT",
    )
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                told = json.load(answer)
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            rooms = f"ws://127.0.0.1:{port}/api/collaboration/room"
            room = f"{told['format']}:{told['type']}:{told['fileId']}"
            return {"rooms": rooms, "room": room, "session": told["sessionId"]}

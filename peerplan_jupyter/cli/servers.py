"""The Jupyter servers of this user that serve peerplan."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

PROBE_SECONDS = 3.0


@dataclass(frozen=True)
class Server:
    """A Jupyter server that runs on this machine."""

    url: str
    token: str
    root: str
    pid: int
    has_peerplan: bool

    def lab(self, path: str = "lab") -> str:
        """The address of a JupyterLab page, with the token."""
        return f"{self.url}{path}" + (f"?token={self.token}" if self.token else "")


def running_servers() -> list[Server]:
    """Those that answer, as their runtime files say."""
    from jupyter_server.serverapp import list_running_servers

    found = [_probed(info) for info in list_running_servers()]
    return [server for server in found if server]


def _probed(info: dict[str, Any]) -> Server | None:
    token, url = str(info.get("token", "")), str(info.get("url", ""))
    if not url.startswith(("http://", "https://")):
        return None
    try:
        _get(f"{url}api/status", token)
        has_peerplan = "plans" in _get(f"{url}peerplan/api/plans", token)
    except urllib.error.HTTPError as error:
        error.close()
        has_peerplan = False
    except (OSError, ValueError):
        return None
    return Server(url, token, str(info.get("root_dir", "")), int(info["pid"]), has_peerplan)


def _get(url: str, token: str) -> dict[str, Any]:
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=PROBE_SECONDS) as answer:  # noqa: S310
        data = json.load(answer)
    return data if isinstance(data, dict) else {"plans": data}

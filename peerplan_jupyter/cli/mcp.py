"""`peerplan mcp`: the MCP server on standard input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .options import JsonOption

if TYPE_CHECKING:
    from ..review.workspace import Workspace

NAME = "mcp"
LOOK_AGAIN = 5.0
"""Seconds between two looks for a Jupyter server, while none runs."""


def run(_as_json: JsonOption = False) -> None:
    """Serve agents over MCP on standard I/O.

    Agents start this command themselves. It joins the running Jupyter server, if there is one.
    Standard output has nothing but the protocol; `--json` is for what keeps it from starting.
    """
    from ..agent.stdio import run_stdio

    run_stdio(begun=_join_server)


def _join_server(workspace: Workspace) -> None:
    """Let people at the Jupyter server see which plans this agent is with, and what it does."""
    from ..jupyter.link import ServerLink
    from ..jupyter.servers import user_servers

    link = ServerLink(workspace, user_servers, LOOK_AGAIN)
    workspace.attendance.subscribe(link.follow)

"""`peerplan mcp`: the MCP server on standard input and output."""

from __future__ import annotations

NAME = "mcp"


def run() -> None:
    """Serve agents over MCP on standard I/O.

    Agents start this command themselves.
    """
    from ..agent.stdio import run_stdio

    run_stdio()

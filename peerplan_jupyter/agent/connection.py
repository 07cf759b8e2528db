"""The connection that a client's requests come over."""

from __future__ import annotations

from mcp.server.connection import Connection
from mcp.server.session import ServerSession


def connection_of(session: ServerSession) -> Connection | None:
    """The connection behind a session, with its `state` and its `exit_stack`. Both are meant for
    handlers, but the SDK keeps it where only its own classes reach it.
    """
    found = getattr(session, "_connection", None)
    return found if isinstance(found, Connection) else None

"""The token that opens a server's MCP endpoint to agents, and nothing else of the server."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ..errors import StorageError
from .home import Home


def agent_token_file(home: Home) -> Path:
    """Where the token is kept."""
    return home.config / "agent-token"


def agent_token(home: Home) -> str:
    """The user's token for agents, made at first use and kept with mode 0600.

    Processes that make it at once come to the same token. Raises `StorageError`.
    """
    path = agent_token_file(home)
    try:
        return _read(path) or _make(path)
    except OSError as error:
        raise StorageError(
            f"The token for agents in {path} cannot be used: {error.strerror or error}.",
            hint="Make the folder writable, or remove the file to get a new token.",
        ) from None


def _read(path: Path) -> str:
    return path.read_text("ascii", "replace").strip() if path.exists() else ""


def _make(path: Path) -> str:
    """Written aside and linked into place, so that nobody reads half a token."""
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        try:
            os.link(aside, path)
        except FileExistsError:
            if not _read(path):
                aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return _read(path)

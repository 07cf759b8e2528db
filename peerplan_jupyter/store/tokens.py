"""Tokens that the user already has in the environment, each for its own host only."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

_variables = {
    "raw.githubusercontent.com": ("GH_TOKEN", "GITHUB_TOKEN"),
    "gitlab.com": ("GITLAB_TOKEN",),
    "bitbucket.org": ("BITBUCKET_TOKEN",),
    "codeberg.org": ("CODEBERG_TOKEN",),
}


def token_headers(url: str) -> dict[str, str]:
    """The headers that sign in at the host of `url`; none without a token for exactly that host
    or over plain http. For a host of one's own, `git.example.com`, the token is in
    `PEERPLAN_TOKEN_GIT_EXAMPLE_COM`.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return {}
    token = _token(parts.hostname.lower())
    return {"Authorization": f"Bearer {token}"} if token else {}


def token_variable(host: str) -> str:
    """The name of the environment variable for a host."""
    return f"PEERPLAN_TOKEN_{re.sub('[^A-Z0-9]', '_', host.upper())}"


def _token(host: str) -> str:
    names = (token_variable(host), *_variables.get(host, ()))
    found = (os.environ.get(name, "").strip() for name in names)
    return next((token for token in found if token and token.isascii() and token.isprintable()), "")

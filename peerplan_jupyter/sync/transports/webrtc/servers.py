"""STUN and TURN servers, as a user names them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ....errors import InvalidInputError

_URL = re.compile(
    r"(stun|turns?):(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~-]+)(:\d{1,5})?(\?transport=(udp|tcp))?"
)
"""RFC 7064 and 7065, and no `stuns`, which neither library asks."""


@dataclass(frozen=True, slots=True)
class IceServer:
    """An RTCIceServer. aiortc asks the first STUN and the first TURN URL of all servers only."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None

    @classmethod
    def from_wire(cls, given: Mapping[str, Any]) -> IceServer:
        """Reads the JSON form, `{"urls", "username", "credential"}`.

        Raises `InvalidInputError` for a form or an address that no connection could use.
        """
        urls = given.get("urls")
        urls = [urls] if isinstance(urls, str) else urls
        if not isinstance(urls, list | tuple) or not urls:
            raise InvalidInputError(f"An ICE server without urls came: {sorted(given)}.")
        server = cls(tuple(urls), given.get("username"), given.get("credential"))
        server.check()
        return server

    def check(self) -> None:
        """Raise `InvalidInputError` unless every address can be asked."""
        for url in self.urls:
            if not isinstance(url, str) or _URL.fullmatch(url) is None:
                raise InvalidInputError(
                    f"{url!r} is not the address of a STUN or TURN server.",
                    hint="For example stun:stun.example.org or "
                    "turn:turn.example.org:3478?transport=tcp.",
                )
            secrets = (self.username, self.credential)
            if url.startswith("turn") and not all(isinstance(one, str) and one for one in secrets):
                raise InvalidInputError(f"{url} has no username or no credential.")


def unasked(servers: Iterable[IceServer]) -> str:
    """Which of the servers aiortc leaves out, as a sentence; empty if none."""
    urls = [url for one in servers for url in one.urls]
    stun = [url for url in urls if url.startswith("stun:")]
    turn = [url for url in urls if not url.startswith("stun:")]
    left = stun[1:] + turn[1:]
    if not left:
        return ""
    return f"Only the first STUN and the first TURN address are asked, not {', '.join(left)}."

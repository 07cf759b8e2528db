"""What is known about an attempt to connect, and what to say when it fails."""

from __future__ import annotations

import re
from collections import Counter

from ....errors import UnreachableError
from .backend import Candidate, Settings

_KIND = re.compile(r" typ (\w+)")
_NAMES = {
    "host": "addresses of this machine",
    "srflx": "addresses that a STUN server saw",
    "relay": "addresses at a TURN server",
    "prflx": "addresses that were seen",
}
ISOLATED = "This machine has no network address but loopback, over which WebRTC does not connect."


class Facts:
    """Candidates and descriptions of one attempt, as far as they came."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._local: Counter[str] = Counter()
        self._remote: Counter[str] = Counter()
        self.searched = False
        """Whether the end was that no way was found, or none in time."""
        self.gathered = False
        """Whether all local candidates are known."""
        self.described = False
        """Whether the other peer's description came."""

    def local(self, candidate: Candidate | None) -> None:
        """Counts a local candidate; None is the end of them."""
        self.gathered = self.gathered or candidate is None
        self._local.update(_kind(candidate))

    def remote(self, candidate: Candidate | None) -> None:
        """Counts a candidate of the other peer."""
        self._remote.update(_kind(candidate))

    @property
    def isolated(self) -> bool:
        """Whether no address at all was found on this side."""
        return self.gathered and not self._local

    def warning(self) -> str:
        """What is wrong with the TURN servers, once all candidates are known; else nothing."""
        urls = self._settings.turn_urls
        if not urls or not self.gathered or self._local["relay"]:
            return ""
        return (
            f"The TURN server {urls[0]} gave no address: it cannot be reached, or its username or "
            "credential is wrong or has expired."
        )

    def failure(self, reason: str) -> UnreachableError:
        """The error of an attempt that came to nothing; what was tried, if that was the trouble."""
        if self.isolated:
            return UnreachableError(reason, hint="A room server can relay instead.")
        if not self.searched:
            return UnreachableError(reason)
        return UnreachableError(
            " ".join(filter(None, [reason, self._mine(), self._theirs(), self.warning()])),
            hint=self._hint(),
            local=dict(self._local),
            remote=dict(self._remote),
        )

    def _mine(self) -> str:
        return f"This side offered {_list(self._local)}."

    def _theirs(self) -> str:
        if not self.described:
            return "The other side did not describe itself."
        return f"The other side offered {_list(self._remote)}."

    def _hint(self) -> str:
        if not self.described:
            return "A room server can relay instead."
        if not self._settings.turn_urls:
            return (
                "Firewalls and strict NATs let peers through with a TURN server only. Configure "
                "one, or a room server, which relays too."
            )
        return "Look at the TURN server, or use a room server, which relays too."


def _kind(candidate: Candidate | None) -> list[str]:
    found = _KIND.search(candidate["candidate"]) if candidate else None
    return [found[1]] if found and found[1] in _NAMES else []


def _list(counted: Counter[str]) -> str:
    return " and ".join(_NAMES[kind] for kind in counted) or "no address"

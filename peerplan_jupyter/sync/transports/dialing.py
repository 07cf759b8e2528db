"""How clients open WebSockets, and how long they wait before they try again."""

from __future__ import annotations

import random
from dataclasses import dataclass

from websockets.asyncio.client import connect


class Dial(connect):
    """Follows no redirect.

    A server without a valid token sends browsers to its login page, and nothing is to be sent to a
    host that was not named.
    """

    def process_redirect(self, exc: Exception) -> Exception | str:
        """See `websockets`; the answer of a server that redirects is its last."""
        return exc


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between attempts: doubling, and each shortened by chance so that clients spread."""

    first: float = 0.3
    most: float = 30.0

    def pause(self, attempt: int) -> float:
        """Seconds to wait after the failed attempt of that number, counted from 1."""
        longest: float = min(self.most, self.first * 2 ** min(attempt - 1, 30))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret

"""Which web pages may open a socket."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from ...errors import InvalidInputError

EVERY = "*"


class Origins:
    """The allowed values of `Origin`, beside that of the server's own host."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(_checked(one) for one in allowed)

    def allow(self, origin: str, host: str) -> bool:
        """Whether a page from `origin` may open a socket to `host`.

        Programs, which send no origin, are not asked.
        """
        if EVERY in self._allowed:
            return True
        origin = origin.lower()
        return origin in self._allowed or urlsplit(origin).netloc == host.lower() != ""


def _checked(origin: str) -> str:
    if origin == EVERY:
        return origin
    parts = urlsplit(origin.lower())
    if not parts.scheme or not parts.netloc or parts.path not in {"", "/"}:
        raise InvalidInputError(
            f"{origin!r} is no origin.", hint="For example https://acme.github.io, or * for all."
        )
    return f"{parts.scheme}://{parts.netloc}"

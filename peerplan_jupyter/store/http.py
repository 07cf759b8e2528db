"""Reading files from a web server: capped, timed, and from no other host than the one named."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from typing import IO, Any
from urllib.parse import urlsplit

from ..errors import (
    ForbiddenError,
    InvalidInputError,
    PeerPlanError,
    TooLargeError,
    UnreachableError,
)
from ..git.address import redact
from .tokens import token_headers, token_variable

SECONDS = 30.0
CHUNK = 1 << 16


def download(url: str, limit: int) -> bytes | None:
    """The content at `url`, or None when the server has none; see `stream`."""
    pieces = stream(url, limit)
    return None if pieces is None else b"".join(pieces)


def stream(url: str, limit: int) -> Iterator[bytes] | None:
    """The content at `url` in pieces, or None when the server says that there is none.

    Raises `TooLargeError` above `limit` bytes, `ForbiddenError` when the server wants a sign-in,
    `UnreachableError` when it does not answer within `SECONDS` or points to another host.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise InvalidInputError(f"{redact(url)[:200]!r} is not an http or https URL.")
    headers = {"User-Agent": "peerplan", "Accept-Encoding": "identity", **token_headers(url)}
    try:
        response = _opener.open(urllib.request.Request(url, headers=headers), timeout=SECONDS)  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in {404, 410}:
            return None
        raise _refused(url, error.code) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _unreachable(url, str(getattr(error, "reason", error))) from None
    return _pieces(url, response, limit)


def _pieces(url: str, response: Any, limit: int) -> Iterator[bytes]:
    deadline = time.monotonic() + 4 * SECONDS
    size = 0
    with closing(response):
        try:
            while piece := response.read(CHUNK):
                size += len(piece)
                if size > limit:
                    raise TooLargeError(
                        f"{redact(url)} has more than {limit:,} bytes.", limit=limit
                    )
                if time.monotonic() > deadline:
                    raise _unreachable(url, "it sends too slowly")
                yield piece
            if response.length:
                raise _unreachable(url, "it broke off")
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(url, str(error)) from None


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows redirects on the host that was asked, where a token may go; refuses others."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        asked, offered = urlsplit(req.full_url), urlsplit(newurl)
        if (offered.scheme, offered.netloc) != (asked.scheme, asked.netloc):
            fp.close()
            raise UnreachableError(
                f"{asked.hostname} points to another host, {str(offered.hostname)[:200]}.",
                hint="Use the address of that host, if you trust it.",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_opener = urllib.request.build_opener(_SameHost)


def _refused(url: str, code: int) -> PeerPlanError:
    host = urlsplit(url).hostname or ""
    if code in {401, 403}:
        return ForbiddenError(
            f"{host} refused to show {redact(url)} (HTTP {code}).",
            hint=f"Put a token for {host} into {token_variable(host)}, or clone the repository.",
        )
    return _unreachable(url, f"HTTP {code}")


def _unreachable(url: str, words: str) -> UnreachableError:
    return UnreachableError(
        f"{redact(url)[:300]} could not be read: {redact(words)[:300]}.",
        hint="Check the connection and the address.",
    )

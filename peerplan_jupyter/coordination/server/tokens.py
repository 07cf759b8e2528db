"""The tokens of team servers: each in a file of the person's, and sent to its own server only."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from urllib.parse import urlsplit

from ...errors import InvalidInputError
from ..home import OrcHome

TOKEN = "ORC_SERVER_TOKEN"  # noqa: S105
URL = "ORC_SERVER_URL"
LONGEST = 4096


def token_name(url: str) -> str:
    """The file of a server's token: its host, with the port where the URL names one. Plain HTTP
    has another one, so that no URL in a repository sends the token of HTTPS in the clear.
    """
    parts = urlsplit(url)
    try:
        port = f"_{parts.port}" if parts.port else ""
    except ValueError:
        raise InvalidInputError(f"{url[:200]} names no port that there is.") from None
    host = (parts.hostname or "").replace(":", "-")
    return f"{'http_' if parts.scheme == 'http' else ''}{host}{port}"


def server_token(url: str, home: OrcHome, environment: Mapping[str, str]) -> str:
    """The person's token for the server at `url`, or nothing. The one in the environment is meant
    for the server that is named there, and for no other.

    Raises `InvalidInputError` where the file may be read by others, or holds no token.
    """
    named = environment.get(URL, "")
    if environment.get(TOKEN) and named and token_name(named) == token_name(url):
        return _checked(environment[TOKEN], f"${TOKEN}")
    place = home.folder / "tokens" / token_name(url)
    try:
        with place.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(LONGEST + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise InvalidInputError(f"{place} cannot be read: {error.strerror}.") from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise InvalidInputError(
            f"{place} holds a token that others on this machine can read.",
            hint=f"Run `chmod 600 {place}`; if that was so for long, make a new token.",
        )
    return _checked(text.decode("utf-8", "replace"), str(place))


def _checked(text: str, where: str) -> str:
    token = text.strip()
    if not token or len(token) > LONGEST or not token.isascii() or not token.isprintable():
        raise InvalidInputError(f"{where} holds no token.", hint="A token is one line.")
    return token

"""The addresses that an invitation may name: room servers and ICE servers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import InvalidInputError

MAX_SERVERS = 8
"""Of each kind."""
_server = re.compile(
    r"wss?://(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
    r"(?:[/?][A-Za-z0-9._~:/?@!$&'()*+,;=%-]{0,300})?\Z"
)
_ice_url = re.compile(
    r"(?:stuns?|turns?):(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
    r"(?:\?transport=(?:udp|tcp))?\Z"
)
_secret = {"username": 500, "credential": 500}


def checked_servers(urls: Iterable[str]) -> tuple[str, ...]:
    """Addresses of room servers; `InvalidInputError` for any but ws and wss, and for too many."""
    found = tuple(urls)
    _count(found, "room servers")
    for url in found:
        if not _server.match(url):
            raise _wrong(f"{url[:200]!r} is not the address of a room server", "wss://host/path")
    return found


def checked_ice(servers: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """RTCIceServers; `InvalidInputError` for what is not one, and for too many."""
    found = tuple(servers)
    _count(found, "ICE servers")
    return tuple(map(_checked_ice, found))


def _checked_ice(one: Any) -> dict[str, Any]:
    if isinstance(one, Mapping) and set(one) <= {"urls", *_secret} and _has_urls(one.get("urls")):
        told = {name: one[name] for name in _secret if name in one}
        if all(isinstance(text, str) and len(text) <= _secret[name] for name, text in told.items()):
            return dict(one)
    raise _wrong(f"{str(one)[:200]!r} is not an ICE server", '{"urls": "stun:host:3478"}')


def _has_urls(urls: Any) -> bool:
    listed = [urls] if isinstance(urls, str) else urls
    if not isinstance(listed, list | tuple) or not 0 < len(listed) <= MAX_SERVERS:
        return False
    return all(isinstance(url, str) and _ice_url.match(url) for url in listed)


def _count(found: tuple[Any, ...], what: str) -> None:
    if len(found) > MAX_SERVERS:
        raise _wrong(f"{len(found)} {what} are named, and {MAX_SERVERS} are allowed", "fewer")


def _wrong(what: str, expected: str) -> InvalidInputError:
    return InvalidInputError(f"{what}; expected was {expected}.", reason="wrong")

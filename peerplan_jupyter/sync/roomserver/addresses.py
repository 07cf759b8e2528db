"""Where connections come from, and how many each address has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from ...errors import InvalidInputError


class Addresses:
    """Counts connections by address.

    `X-Forwarded-For` is believed as far as it was written by proxies in `trusted` networks.
    """

    def __init__(self, trusted: Iterable[str], limit: int) -> None:
        self._trusted = tuple(_network(one) for one in trusted)
        self._limit = limit
        self._open: Counter[str] = Counter()

    def client(self, remote: str, forwarded: Iterable[str]) -> str:
        """Who is behind `remote`, the other end of the socket: the last one who is no proxy."""
        hops = [hop.strip() for line in forwarded for hop in line.split(",")]
        address = remote
        while hops and self._is_proxy(address):
            address = hops.pop()
        return _key(address)

    def enter(self, address: str) -> bool:
        """Counts a connection; False if the address has its share."""
        if self._limit and self._open[address] >= self._limit:
            return False
        self._open[address] += 1
        return True

    def leave(self, address: str) -> None:
        """One connection less."""
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]

    def _is_proxy(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise InvalidInputError(
            f"{text!r} is no IP address or network.", hint="For example 127.0.0.1 or 10.0.0.0/8."
        ) from None


def _key(address: str) -> str:
    """An IPv6 host has a whole network of 64 bits, so that is what is counted."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)

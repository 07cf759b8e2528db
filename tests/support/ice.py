"""STUN and TURN servers on a bad day, at an address that a browser connects from."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aioice import stun
from aioice.ice import get_host_addresses

MOST = 2000
"""Answers, so that two that misunderstand each other come to an end."""
Answer = Callable[[bytes], bytes | None]


def host_address() -> str:
    """An address of this machine that browsers connect from; empty where there is only loopback."""
    found = get_host_addresses(use_ipv4=True, use_ipv6=False)
    return found[0] if found else ""


def silent(_: bytes) -> None:
    """Hears and says nothing."""


def refusing(data: bytes) -> bytes | None:
    """Wants a password, and finds every password wrong, as coturn does."""
    asked = stun.parse_message(data)
    if asked.message_class != stun.Class.REQUEST:
        return None
    told = stun.Message(asked.message_method, stun.Class.ERROR, asked.transaction_id)
    told.attributes["ERROR-CODE"] = (401, "Unauthorized")
    told.attributes["REALM"] = "room"
    told.attributes["NONCE"] = b"nonce"
    return bytes(told)


class IceServer(socketserver.ThreadingUDPServer):
    """Over UDP; `asked` counts what came."""

    daemon_threads = True
    asked = 0

    @property
    def address(self) -> str:
        host, port = self.server_address[:2]
        return f"{host!s}:{port}"


@contextmanager
def ice_server(answer: Answer) -> Iterator[IceServer]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, channel = self.request
            server.asked += 1
            told = answer(data) if server.asked < MOST else None
            if told is not None:
                channel.sendto(told, self.client_address)

    with IceServer((host_address(), 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()

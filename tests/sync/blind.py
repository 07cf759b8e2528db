"""Rooms that a server without their key keeps equal: the published one, and ours linked to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from peerplan_jupyter.sync.encryption import KEY_ID, EncryptedRoom
from peerplan_jupyter.sync.introduction import Introduction, Terms
from peerplan_jupyter.sync.keys import derive
from peerplan_jupyter.sync.transports.dialing import Backoff
from peerplan_jupyter.sync.transports.websocket import WebSocketLink

from .conftest import DocPort

KEY = bytes(range(32))
ROOM = "zlnpcBGi2djI1xilwDy01w"
SHARED = {"room": ROOM, "key": KEY.hex()}
"""What makes the interface's peer one of the room."""
DERIVED = {"room": ROOM, "key": derive(KEY, ROOM, "document").hex(), "keyId": KEY_ID}
"""What makes the published client one that reads the document."""


@asynccontextmanager
async def serving(start_node: Callable[..., Any]) -> AsyncIterator[str]:
    """The address of the published server."""
    async with start_node("server.mjs") as process:
        yield f"ws://127.0.0.1:{await process.answer()}"


@asynccontextmanager
async def linked(url: str, key: bytes = KEY) -> AsyncIterator[tuple[Any, WebSocketLink]]:
    """A room of ours that is linked to a server."""
    room = EncryptedRoom(ROOM, DocPort(), key=key)
    terms = Terms(lambda _room, _who: "write", Introduction())
    link = WebSocketLink(url, terms, backoff=Backoff(0.01, 0.05))
    link.join(room)
    running = asyncio.ensure_future(link.run())
    try:
        yield room, link
    finally:
        link.close()
        async with asyncio.timeout(10):
            await running

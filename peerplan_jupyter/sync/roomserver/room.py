"""Room: who is subscribed to a topic, and who is reached in it under which id."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .relay_frames import encode_name

if TYPE_CHECKING:
    from .connection import Connection


class Room:
    """One topic. `members` are the subscribers that joined, by id."""

    __slots__ = ("elsewhere", "entering", "members", "name", "prefix", "subscribers")

    def __init__(self, name: str) -> None:
        self.name = name
        self.prefix = encode_name(name)
        """How relayed frames of this room begin."""
        self.subscribers: dict[Connection, None] = {}
        self.members: dict[str, Connection] = {}
        self.elsewhere: dict[str, str] = {}
        """Members at other servers of the backplane: which one has an id."""
        self.entering: asyncio.Task[None] | None = None
        """Done when what other servers publish arrives."""

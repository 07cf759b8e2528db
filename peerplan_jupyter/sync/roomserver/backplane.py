"""Backplane: the other servers that share the rooms of this one, if there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .connection import Member
    from .hub import Hub
    from .room import Room


class Backplane(Protocol):
    """What a hub asks of it. Nothing here fails: without the others, the hub goes on alone."""

    @property
    def state(self) -> str:
        """`up`, `down`, or empty if there are no other servers."""

    async def start(self, hub: Hub) -> None:
        """Begins to look for the others."""

    async def close(self) -> None:
        """Says good-bye to them."""

    async def enter(self, room: Room) -> None:
        """A room has its first subscriber; returns when what others publish arrives."""

    def leave(self, room: Room) -> None:
        """A room has no subscriber any more."""

    async def claim(self, room: Room, member: Member) -> bool:
        """Takes an id for this server; False if it is somebody else's at another one."""

    def joined(self, room: Room, member: Member) -> None:
        """An id is reached here now."""

    def gone(self, room: Room, member: Member) -> None:
        """An id is not reached here any more."""

    def publish(self, room: Room, text: str) -> None:
        """Sends a message to all subscribers at the others, which add `clients`."""

    def send(self, room: Room, peer: str, text: str) -> bool:
        """Sends a message to a member at another server; False if it is at none."""

    async def relay(self, room: Room, peer: str, frame: bytes) -> bool:
        """Sends a frame to a member at another server, when it has room; False if it is at none."""


class Alone:
    """There are no other servers."""

    state = ""

    async def start(self, hub: Hub) -> None:
        """Nothing to do; so are the others."""

    async def close(self) -> None:
        """See `start`."""

    async def enter(self, room: Room) -> None:
        """See `start`."""

    def leave(self, room: Room) -> None:
        """See `start`."""

    async def claim(self, room: Room, member: Member) -> bool:  # noqa: ARG002
        """True."""
        return True

    def joined(self, room: Room, member: Member) -> None:
        """See `start`."""

    def gone(self, room: Room, member: Member) -> None:
        """See `start`."""

    def publish(self, room: Room, text: str) -> None:
        """See `start`."""

    def send(self, room: Room, peer: str, text: str) -> bool:  # noqa: ARG002
        """False."""
        return False

    async def relay(self, room: Room, peer: str, frame: bytes) -> bool:  # noqa: ARG002
        """False."""
        return False

"""What a pair of peers asks of the mesh that it is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from ...errors import ForbiddenError
from ..handshake import Member
from ..transports.channel import PairLink
from ..transports.relay import RelayLink
from .signals import Signal

if TYPE_CHECKING:
    from .pair import Pair


class DirectAttempt(Protocol):
    """One try at a direct connection."""

    def signal(self, said: dict[str, Any]) -> None:
        """Takes what the other side said about it."""

    async def opened(self) -> PairLink:
        """The link; `UnreachableError` with the reason when there will be none."""

    def close(self) -> None:
        """Gives up; does nothing once the link is open."""


class Surroundings(Protocol):
    """What a pair asks of the mesh that it is in."""

    @property
    def me(self) -> str:
        """The id of this peer."""

    def say(self, signal: Signal) -> None:
        """Sends a signal, if a room server is there."""

    def attempt(self, offers: bool, say: Callable[[dict[str, Any]], None]) -> DirectAttempt | None:
        """A new try at a direct connection; None where none is wanted."""

    def relay(self, other: str, attempt: str) -> RelayLink:
        """A link to that peer through the room server."""

    async def greet(self, link: PairLink, other: str) -> Member:
        """The handshake; `ForbiddenError` or `ProtocolError` when it fails."""

    async def carry(self, pair: Pair, link: PairLink, member: Member) -> None:
        """Keeps the plan equal over the link for as long as it lasts."""

    def ask(self, pair: Pair) -> None:
        """Asks the other peer for a link."""

    def refused(self, pair: Pair, error: ForbiddenError) -> None:
        """Takes note that a handshake was refused, by either side."""

    def changed(self) -> None:
        """Takes note that a pair looks different."""

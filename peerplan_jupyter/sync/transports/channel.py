"""What every way between two peers offers: two message channels under a name that can be signed."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

from ..connection import Message

FRAME_BYTES = 16 * 1024
"""The longest message that is sent, text counted in UTF-8. Longer ones, up to the codec's frame,
are taken from peers that send such."""
Path: TypeAlias = Literal["direct", "turn", "relay", "local"]
"""How messages travel: from host to host, over a TURN server, through a room server, or between
the pages of one browser."""


class Channel(Protocol):
    """Ordered, reliable messages, text and binary, of at most `FRAME_BYTES`.

    `receive` and `send` are the two that `Connection.run` asks for. One task may send and another
    receive; used from one event loop.
    """

    async def send(self, message: Message) -> None:
        """Sends, and returns when there is room for the next.

        Raises `TooLargeError` for a message that is too long, of which nothing is sent, and
        `ConnectionError` when the channel is closed. That it arrives is not promised.
        """

    async def receive(self) -> Message | None:
        """The next message; None at the end, after all that came before it."""

    def close(self) -> None:
        """Closes the link that this channel belongs to."""


class PairLink(Protocol):
    """A link between two peers, open from when it is handed over until it is closed."""

    @property
    def control(self) -> Channel:
        """Handshake, document and presence."""

    @property
    def bulk(self) -> Channel:
        """Artifacts. It waits while `control` has something to send."""

    @property
    def path(self) -> Path:
        """How messages travel now; ICE may change it while the link is open."""

    @property
    def binding(self) -> bytes:
        """What only the two ends of this link know alike, 32 bytes; empty if it has no such."""

    @property
    def offered(self) -> bool:
        """Whether this side made the offer; it is the requester then."""

    async def wait_closed(self) -> str:
        """Returns when the link is closed, by whomever, with a sentence that says why."""

    def close(self, reason: str = "") -> None:
        """Closes the link and all it holds; the other end sees it soon. A second time does nothing.

        `reason` is what `wait_closed` says on this side; it does not travel.
        """

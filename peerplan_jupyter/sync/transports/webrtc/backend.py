"""What a WebRTC library must do for us. One object stands for one RTCPeerConnection."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal, Protocol, TypeAlias

from ....errors import InvalidInputError
from ...connection import Message
from ..channel import Path
from .servers import IceServer

BackendName: TypeAlias = Literal["aiortc", "wrtc"]
Label: TypeAlias = Literal["control", "bulk"]
LABELS: tuple[Label, Label] = ("control", "bulk")
Candidate: TypeAlias = dict[str, Any]
"""An RTCIceCandidateInit: `candidate`, `sdpMid`, `sdpMLineIndex`."""


_modules: dict[BackendName, str] = {"aiortc": "aiortc", "wrtc": "webrtc"}


def check_installed(backend: BackendName) -> None:
    """Raise `InvalidInputError` unless the library is there, without importing it."""
    if find_spec(_modules[backend]) is None:
        raise not_installed(backend)


def not_installed(backend: BackendName, why: str = "") -> InvalidInputError:
    """The error that names the extra which brings the library."""
    return InvalidInputError(
        f"The WebRTC library {backend} is not installed{why}.",
        hint=f"`pip install 'peerplan-jupyter[{backend}]'`, or use aiortc, which is always there.",
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """How connections are made."""

    servers: tuple[IceServer, ...] = ()
    """STUN and TURN servers; none means that nobody is asked for an address."""
    backend: BackendName = "aiortc"
    relay_only: bool = False
    """Whether to use nothing but TURN, so that the other peer learns no address of this machine."""
    connect_seconds: float = 12.0
    """How long `opened` waits."""
    patient: bool = False
    """Whether to go on trying for as long as that, since people carry what the other side waits
    for; for the side that answers."""
    unread_bytes: int = 64 * 1024 * 1024
    """What may lie unread in a link before it is closed. SCTP's own window does not hold a sender
    back: neither library lets messages wait inside."""

    @property
    def turn_urls(self) -> list[str]:
        """The addresses of the TURN servers."""
        return [url for one in self.servers for url in one.urls if url.startswith("turn")]


class Listener(Protocol):
    """What a backend tells, on the loop it was made on."""

    def candidate(self, candidate: Candidate | None) -> None:
        """A local candidate that no description held; None when there are no more."""

    def opened(self, label: str) -> None:
        """A channel is open."""

    def message(self, label: str, message: Message) -> None:
        """A message came."""

    def room(self) -> None:
        """A channel's buffer fell to its low-water mark."""

    def unreachable(self) -> None:
        """ICE found no way to the other end."""

    def closed(self, label: str, reason: str) -> None:
        """A channel was closed, after all that came over it. Each may be while messages are still
        on their way over the other.
        """

    def ended(self, reason: str) -> None:
        """The connection was lost, or closed by the other end."""


class Backend(Protocol):
    """One connection. All methods are called on the loop it was made on, `path` from anywhere."""

    async def offer(self) -> str:
        """Opens both channels; the local description."""

    async def answer(self, sdp: str) -> str:
        """Takes an offer; the local description. `ValueError` if it is not understood."""

    async def accept(self, sdp: str) -> None:
        """Takes the answer to the offer. `ValueError` if it is not understood."""

    async def add_candidate(self, candidate: Candidate | None) -> None:
        """Adds a remote candidate, or says that there are no more; may take a second (mDNS)."""

    def send(self, label: Label, message: Message) -> None:
        """Queues a message; `ConnectionError` if the channel is closed."""

    def buffered(self, label: Label) -> int:
        """Bytes queued in the channel."""

    def path(self) -> Path:
        """Whether the selected pair of candidates goes through a TURN server."""

    async def close(self) -> None:
        """Sends what is queued, for a second at most, and closes; the other end sees it at once."""


SILENT = "The other peer does not answer any more."
CLOSED = "The other peer closed the connection."
IMPOSTOR = "The other end is not the one that its description promises."
HIGH: dict[Label, int] = {"control": 64 * 1024, "bulk": 32 * 1024}
"""No more is queued in a channel above this. aiortc has one queue for all channels: what `bulk`
has in it is what `control` waits for."""
LOW: dict[Label, int] = {"control": 32 * 1024, "bulk": 16 * 1024}
"""Where `room` is called."""
FLUSH_SECONDS = 1.0
"""How long a close waits for the queue to get empty, and again for the other end to have it."""

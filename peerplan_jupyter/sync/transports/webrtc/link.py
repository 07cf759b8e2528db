"""A direct link between two peers, as the rest of peerplan sees it."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeAlias

from ....errors import TooLargeError, UnreachableError
from ...connection import Message
from ..channel import FRAME_BYTES, Path
from .backend import HIGH, LABELS, Label, Settings
from .negotiation import check_signal
from .outgoing import size_of
from .thread import rtc_thread
from .wire import Wire

SendSignal: TypeAlias = Callable[[dict[str, Any]], None]
Warn: TypeAlias = Callable[[str], None]


class DataChannel:
    """A data channel, for one event loop, while the library works on another."""

    def __init__(self, link: DirectLink, label: Label) -> None:
        self._link, self._label = link, label
        self._inbox: deque[Message] = deque()
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._waiting = 0
        # each written by one thread only
        self._arrived = self._taken = 0

    async def send(self, message: Message) -> None:
        """As `Channel.send`. Up to 128 KiB (`bulk`: 64) of this side's messages wait here."""
        if (size := size_of(message)) > FRAME_BYTES:
            raise TooLargeError(f"A message of {size} bytes; {FRAME_BYTES} are allowed.")
        if self._link.reason is not None:
            raise ConnectionResetError(self._link.reason)
        self._waiting += size
        self._link.put(self._label, message)
        while self._waiting > HIGH[self._label] and self._link.reason is None:
            self._room.clear()
            await self._room.wait()

    async def receive(self) -> Message | None:
        """As `Channel.receive`."""
        while not self._inbox:
            if self._link.reason is not None:
                return None
            self._news.clear()
            if not self._inbox:
                await self._news.wait()
        message = self._inbox.popleft()
        self._taken += size_of(message)
        return message

    def close(self) -> None:
        """Closes the link."""
        self._link.close()

    def sent(self, size: int) -> None:
        """A message went out."""
        self._waiting -= size
        self._room.set()

    def wake(self) -> None:
        """Something came, or the link was closed."""
        self._news.set()
        self._room.set()

    def arrived(self, message: Message) -> int:
        """Takes a message, on the library's thread; how many bytes nobody has read."""
        self._arrived += size_of(message)
        self._inbox.append(message)
        return self._arrived - self._taken


class DirectLink:
    """One RTCPeerConnection with its two data channels; a `PairLink` once `opened` returned.

    Made by `offer` and `answer`, and used on the event loop on which it was made. It is closed when
    nobody holds it any more.
    """

    def __init__(self, send_signal: SendSignal, warn: Warn, settings: Settings) -> None:
        self._control, self._bulk = (DataChannel(self, label) for label in LABELS)
        self._settings = settings
        self.send_signal, self.warned = send_signal, warn
        self.reason: str | None = None
        """Why it is closed; None while it is not."""
        self.binding, self.offered = b"", False
        self._thread = rtc_thread()
        self._wire: Wire | None = None
        self._failure: UnreachableError | None = None
        self._decided, self._gone = asyncio.Event(), asyncio.Event()

    async def start(self, *, offers: bool) -> DirectLink:
        """Makes the connection; raises `InvalidInputError` if its library is not installed."""
        report = _Report(self, asyncio.get_running_loop())
        self.offered = offers

        async def make() -> Wire:
            return Wire(self._thread, self._settings, report)

        making = self._thread.spawn(make())
        try:
            self._wire = await asyncio.shield(asyncio.wrap_future(making))
        except asyncio.CancelledError:
            making.add_done_callback(self._abandon)
            raise
        dropped = weakref.finalize(self, self._thread.post, self._wire.end, "Nobody holds it.")
        dropped.atexit = False  # the thread closes what is open then
        if offers:  # only now: nothing is signalled before the caller has this link
            self._thread.post(self._wire.offer)
        return self

    @property
    def control(self) -> DataChannel:
        """Handshake, document and presence."""
        return self._control

    @property
    def bulk(self) -> DataChannel:
        """Artifacts."""
        return self._bulk

    @property
    def path(self) -> Path:
        """`turn` if either end of the pair that ICE selected is an address at a TURN server."""
        return self._wire.path() if self._wire is not None else "direct"

    def signal(self, message: Mapping[str, Any]) -> None:
        """Takes an `offer`, `answer` or `candidate` of the other peer.

        Raises `ProtocolError` for a malformed one, which then counts as not come.
        """
        check_signal(message)
        if self._wire is not None:
            self._thread.post(self._wire.signal, dict(message))

    async def opened(self, timeout: float | None = None) -> None:
        """Returns when both channels are open, in `settings.connect_seconds` or that many seconds.

        Raises `UnreachableError`, which says what was tried, and closes the link.
        """
        seconds = self._settings.connect_seconds if timeout is None else timeout
        try:
            await asyncio.wait_for(self._decided.wait(), seconds)
        except TimeoutError:
            self._give_up(f"No direct connection came about within {seconds:g} s.")
            await self._gone.wait()
        if self._failure is not None:
            raise self._failure

    async def wait_closed(self) -> str:
        """As `PairLink.wait_closed`."""
        await self._gone.wait()
        return self.reason or ""

    def close(self, reason: str = "This side closed the link.") -> None:
        """As `PairLink.close`. What `send` took is sent first, for two seconds at most."""
        if self.reason is None and self._wire is not None:
            self._set_reason(reason)
            self._thread.post(self._wire.end, reason)

    def put(self, label: Label, message: Message) -> None:
        """Hands a message to the connection."""
        if self._wire is not None:
            self._thread.post(self._wire.put, label, message)

    def told_open(self, binding: bytes) -> None:
        """Both channels are open."""
        self.binding = binding
        self._decided.set()

    def told_closed(self, reason: str, failure: UnreachableError) -> None:
        """The connection is over."""
        if not self._decided.is_set():
            self._failure = failure
        self._set_reason(reason)
        self._decided.set()
        self._gone.set()

    def _give_up(self, reason: str) -> None:
        if self.reason is None and self._wire is not None:
            self._set_reason(reason)
            self._thread.post(self._wire.give_up, reason)

    def _abandon(self, made: Future[Wire]) -> None:
        if made.exception() is None:
            self._thread.post(made.result().end, "Nobody waits for it.")

    def _set_reason(self, reason: str) -> None:
        self.reason = self.reason or reason or "This side closed the link."
        for channel in (self._control, self._bulk):
            channel.wake()


class _Report:
    """Carries what a wire tells to the loop of its link, if both are still there."""

    def __init__(self, link: DirectLink, loop: asyncio.AbstractEventLoop) -> None:
        self._link, self._loop = weakref.ref(link), loop

    def send_signal(self, message: dict[str, Any]) -> None:
        self._hop(lambda link: link.send_signal(message))

    def opened(self, binding: bytes) -> None:
        self._hop(lambda link: link.told_open(binding))

    def arrived(self, label: Label, message: Message) -> int:
        link = self._link()
        if link is None:
            return 0
        channel = _channel(link, label)
        unread = channel.arrived(message)
        self._hop(lambda link: _channel(link, label).wake())
        return unread

    def sent(self, label: Label, size: int) -> None:
        self._hop(lambda link: _channel(link, label).sent(size))

    def warned(self, text: str) -> None:
        self._hop(lambda link: link.warned(text))

    def closed(self, reason: str, failure: UnreachableError) -> None:
        self._hop(lambda link: link.told_closed(reason, failure))

    def _hop(self, tell: Callable[[DirectLink], object]) -> None:
        def told() -> None:
            if (link := self._link()) is not None:
                tell(link)

        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(told)


def _channel(link: DirectLink, label: Label) -> DataChannel:
    return link.control if label == "control" else link.bulk


async def offer(
    send_signal: SendSignal, *, settings: Settings | None = None, warn: Warn = lambda _: None
) -> DirectLink:
    """A link whose other end is asked to answer; for the peer with the greater id.

    `send_signal` and `warn` are called on this loop, after this returned: what to send to the other
    peer (`type` and its fields, see docs/mesh.md), and sentences about what is wrong with the
    configuration. Raises `InvalidInputError` if the library that `settings` name is not installed.
    """
    return await DirectLink(send_signal, warn, settings or Settings()).start(offers=True)


async def answer(
    send_signal: SendSignal, *, settings: Settings | None = None, warn: Warn = lambda _: None
) -> DirectLink:
    """As `offer`, for the peer that waits for an offer in `signal`."""
    return await DirectLink(send_signal, warn, settings or Settings()).start(offers=False)

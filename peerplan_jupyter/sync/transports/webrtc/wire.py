"""The half of a link that lives on the thread of the WebRTC library."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from ....errors import UnreachableError
from ...codec import MAX_FRAME
from ...connection import Message
from ..channel import Path
from .backend import (
    FLUSH_SECONDS,
    LABELS,
    Backend,
    Candidate,
    Label,
    Listener,
    Settings,
    not_installed,
)
from .facts import Facts
from .negotiation import Negotiation
from .outgoing import Outgoing, size_of
from .servers import unasked
from .thread import RtcThread

_CLASSES = {"aiortc": "AiortcBackend", "wrtc": "WrtcBackend"}


class Report(Protocol):
    """Told what happens, on the library's thread. What is told hops to where it belongs."""

    def send_signal(self, message: dict[str, Any]) -> None:
        """A message for the other peer."""

    def opened(self, binding: bytes) -> None:
        """Both channels are open."""

    def arrived(self, label: Label, message: Message) -> int:
        """A message came; how many bytes lie unread."""

    def sent(self, label: Label, size: int) -> None:
        """A message left the queue."""

    def warned(self, text: str) -> None:
        """Something is wrong that does not end the link."""

    def closed(self, reason: str, failure: UnreachableError) -> None:
        """The link ended, or, if it never opened, failed; nothing is told after this."""


class Wire:
    """A connection from its first description to its end. Used on the library's thread alone."""

    def __init__(self, thread: RtcThread, settings: Settings, report: Report) -> None:
        self._thread, self._settings, self._report = thread, settings, report
        self.facts = Facts(settings)
        self._backend = make_backend(settings, self)
        self._negotiation = Negotiation(self._backend, self.facts, self)
        self._outgoing = Outgoing(report.sent)
        self._open: set[str] = set()
        self._shut: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()
        thread.hold(self._leave)
        if settings.backend == "aiortc" and (text := unasked(settings.servers)):
            report.warned(text)

    def offer(self) -> None:
        """Begins as the side that offers."""
        self.do(self._negotiation.offer())

    def signal(self, message: Mapping[str, Any]) -> None:
        """Takes a checked message of the other peer."""
        if self._ending is None:
            self._negotiation.signal(message)

    def put(self, label: Label, message: Message) -> None:
        """Sends a message as soon as there is room."""
        if self._ending is None:
            self._outgoing.put(label, message)
            self.room()

    def path(self) -> Path:
        """How messages travel; from any thread."""
        return self._backend.path()

    def end(self, reason: str) -> None:
        """Closes the connection, after what waits to be sent."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(reason))

    def give_up(self, reason: str) -> None:
        """Ends an attempt that found no way, or none in time."""
        self.facts.searched = True
        self.end(reason)

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs work in the background; an error ends the connection."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._did)

    def send_signal(self, message: dict[str, Any]) -> None:
        """A message for the other peer."""
        self._report.send_signal(message)

    def warned(self, text: str) -> None:
        """Something is wrong that does not end the link."""
        self._report.warned(text)

    def candidate(self, candidate: Candidate | None) -> None:
        """Told by the backend."""
        self._negotiation.candidate(candidate)

    def opened(self, label: str) -> None:
        """Told by the backend."""
        self._open.add(label)
        if self._open == set(LABELS) and self._ending is None:
            self._outgoing.open(self._backend)
            self.room()
            self._report.opened(self._negotiation.binding)

    def message(self, label: str, message: Message) -> None:
        """Told by the backend."""
        size = size_of(message)
        if self._ending is not None:
            return
        if size > MAX_FRAME:
            self.end(f"A message of {size} bytes came; {MAX_FRAME} are allowed.")
        elif self._report.arrived(cast("Label", label), message) > self._settings.unread_bytes:
            self.end(f"More than {self._settings.unread_bytes} bytes came and were not read.")

    def room(self) -> None:
        """Told by the backend."""
        try:
            self._outgoing.flush()
        except ConnectionError as error:
            self.ended(str(error))
        except Exception as error:  # each library has its own, and a message is lost by now
            self.ended(f"A message could not be sent: {error}")

    def unreachable(self) -> None:
        """Told by the backend."""
        self.give_up("No way to the other peer was found.")

    def closed(self, label: str, reason: str) -> None:
        """Told by the backend. The end of one channel may overtake what comes over the other."""
        self._shut.add(label)
        if self._shut >= self._open:
            self.ended(reason)
        else:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.ended, reason)

    def ended(self, reason: str) -> None:
        """Told by the backend."""
        self._lost.set()
        self.end(reason)

    def _did(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.end(f"The connection failed: {type(error).__name__}: {error}")

    async def _leave(self) -> None:
        self.end("This process ends.")
        await asyncio.gather(*filter(None, [self._ending]))

    async def _end(self, reason: str) -> None:
        for task in self._tasks:
            task.cancel()
        try:
            if not self._lost.is_set():
                await self._flush()
            await self._backend.close()
        finally:
            self._thread.release(self._leave)
            self._report.closed(reason, self.facts.failure(reason))

    async def _flush(self) -> None:
        if self._open == set(LABELS):
            waits = [asyncio.create_task(w) for w in (self._outgoing.emptied(), self._lost.wait())]
            first = asyncio.FIRST_COMPLETED
            _, late = await asyncio.wait(waits, timeout=FLUSH_SECONDS, return_when=first)
            for task in late:
                task.cancel()


def make_backend(settings: Settings, listener: Listener) -> Backend:
    """A connection of the library that the settings name; its import takes up to 0.2 s.

    Raises `InvalidInputError` if that library is not installed.
    """
    name = settings.backend
    try:
        module = import_module(f".{name}_backend", __package__)
    except ImportError as error:
        raise not_installed(name, f": {error}") from error
    return cast("Backend", getattr(module, _CLASSES[name])(settings, listener))

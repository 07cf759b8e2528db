"""The thread on which the WebRTC library works."""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from ... import farewells

T = TypeVar("T")
EXIT_SECONDS = 2.5
_SHUT = "protocol is shutdown"
"""What OpenSSL says to who sends over a connection that was closed."""
_log = logging.getLogger(__name__)
_lock = threading.Lock()
_thread: RtcThread | None = None

Closer = Callable[[], Coroutine[Any, Any, None]]


class RtcThread:
    """An event loop on a daemon thread, shared by all connections of the process.

    Neither a kernel's loop, which stands still while a cell runs, nor the documents': encrypting
    10 MB takes aiortc half a second.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(_report)
        self._closers: set[Closer] = set()
        self._thread = threading.Thread(target=self._run, name="peerplan-rtc", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it runs; in the child of a fork it does not."""
        return self._thread.is_alive()

    def post(self, function: Callable[..., object], *arguments: object) -> None:
        """Runs a function on the thread, soon; nothing happens after the end."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(function, *arguments)

    def spawn(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Runs a coroutine on the thread."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self.loop)
        except RuntimeError:
            work.close()
            raise ConnectionResetError("This process ends.") from None

    def hold(self, closer: Closer) -> None:
        """Remembers how a connection is closed when the process ends. On the thread."""
        self._closers.add(closer)
        # wrtc stops its own machinery at exit; what was registered last is called first
        atexit.unregister(self.close)
        atexit.register(self.close)
        farewells.come_first()

    def release(self, closer: Closer) -> None:
        """Forgets it. On the thread."""
        self._closers.discard(closer)

    def close(self) -> None:
        """Closes every connection, so that the other ends see it at once, and ends the thread."""
        atexit.unregister(self.close)
        if not self.alive:
            return
        with suppress(TimeoutError, RuntimeError):
            asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(EXIT_SECONDS)
        self.post(self.loop.stop)
        self._thread.join(EXIT_SECONDS)

    async def _end(self) -> None:
        closing = [closer() for closer in list(self._closers)]
        await asyncio.gather(*closing, return_exceptions=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            self.loop.run_until_complete(_cancel_others())
        finally:
            self.loop.close()


def rtc_thread() -> RtcThread:
    """The thread of this process, started when it is first needed."""
    global _thread
    with _lock:
        if _thread is None or not _thread.alive:
            _thread = RtcThread()
        return _thread


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _report(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Logs what nobody awaited. aiortc's own sends lose the race with a close now and then."""
    error = context.get("exception")
    gone = isinstance(error, ConnectionError) or _SHUT in str(error)
    _log.log(
        logging.DEBUG if gone else logging.ERROR,
        "%s",
        context.get("message", "The WebRTC library failed"),
        exc_info=error,
    )

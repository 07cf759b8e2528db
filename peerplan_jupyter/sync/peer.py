"""Peer: the one thread that owns the documents of a process."""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from ..errors import UnreachableError
from ..store.journal import Journal
from .plans import Listener, Plans

T = TypeVar("T")
POLL_SECONDS = 0.02
"""How often the journal is asked whether another process wrote to it, while anybody listens. One
question (`PRAGMA data_version`) takes some 10 µs."""
IDLE_SECONDS = 0.2
"""As before, while nobody does."""
_log = logging.getLogger(__name__)


class Peer:
    """An event loop on a daemon thread of its own, with the plans on it.

    So a kernel answers, and sync goes on, while a cell is running. Functions given to `call` and
    `acall` run on that thread, one at a time, and must not block on it.
    """

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="peerplan-peer", daemon=True)
        self._plans: Plans | None = None
        self._started: Future[None] = Future()
        self._closing = asyncio.Event()
        self._door = threading.Lock()
        self._open = False

    def start(self) -> Peer:
        """Open the journal and begin; raises `StorageError` if it cannot be opened."""
        self._thread.start()
        self._started.result()
        atexit.register(self.close)
        return self

    def close(self) -> None:
        """End the thread and close the journal. A second time, and in the child of a fork, nothing
        happens.
        """
        atexit.unregister(self.close)
        if not self.alive:
            return
        with self._door:
            if self._open:
                self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(timeout=10)

    def __enter__(self) -> Peer:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether the thread runs; in the child of a fork it does not."""
        return self._thread.is_alive()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The peer's loop, for what must run beside the documents."""
        return self._loop

    def call(self, function: Callable[[Plans], T]) -> T:
        """Run `function` on the peer's thread and wait for what it returns or raises."""
        if threading.current_thread() is self._thread:
            return function(self._here())
        return self.post(function).result()

    async def acall(self, function: Callable[[Plans], T]) -> T:
        """As `call`, from another event loop, without blocking it."""
        return await asyncio.wrap_future(self.post(function))

    def post(self, function: Callable[[Plans], T]) -> Future[T]:
        """Run `function` on the peer's thread; what it returns comes as a future."""
        answer: Future[T] = Future()

        def run() -> None:
            if answer.set_running_or_notify_cancel():
                try:
                    answer.set_result(function(self._here()))
                except BaseException as error:  # the caller's, not this loop's
                    answer.set_exception(error)

        with self._door:
            self._check_open()
            self._loop.call_soon_threadsafe(run)
        return answer

    def spawn(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the peer's loop; it is cancelled when the peer closes."""
        with self._door:
            try:
                self._check_open()
            except UnreachableError:
                coroutine.close()
                raise
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on the peer's thread after each durable change; returns how to stop."""
        stop = self.call(lambda plans: plans.subscribe(listener))

        def unsubscribe() -> None:
            with self._door:
                if self._open:
                    self._loop.call_soon_threadsafe(stop)

        return unsubscribe

    def subscribe_here(self, listener: Listener) -> Callable[[], None]:
        """As `subscribe`, for code that runs on the peer's thread already."""
        return self._here().subscribe(listener)

    def _here(self) -> Plans:
        if self._plans is None:
            raise UnreachableError("This peer is closed.")
        return self._plans

    def _check_open(self) -> None:
        if not self._open:
            raise UnreachableError("This peer is closed.")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._live())
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _live(self) -> None:
        try:
            journal = Journal(self._journal)
        except BaseException as error:  # handed to `start`, which raises it
            self._started.set_exception(error)
            return
        try:
            self._plans, self._open = Plans(journal), True
            self._started.set_result(None)
            watching = asyncio.create_task(self._watch())
            await self._closing.wait()
            watching.cancel()
        finally:
            with self._door:
                self._open = False
            await _cancel_others()
            self._plans = None
            journal.close()

    async def _watch(self) -> None:
        while self._plans is not None:
            try:
                self._plans.poll()
            except Exception:
                _log.exception("Reading what other processes wrote failed")
            await asyncio.sleep(POLL_SECONDS if self._plans.watched else IDLE_SECONDS)


async def _cancel_others() -> None:
    """Let what was asked for before the door closed begin, then end it."""
    await asyncio.sleep(0)
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

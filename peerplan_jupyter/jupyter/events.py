"""Telling pages that list plans when to list them again."""

from __future__ import annotations

from collections.abc import Callable

from tornado import ioloop

from .sockets import PageSocket

QUIET = 0.15
"""Seconds in which many changes make one message."""


class EventsSocket(PageSocket):
    """Says `{"kind": "plans"}` when any plan changed, or its agent came or left."""

    kind = "plans"
    _stop: Callable[[], None] | None = None
    _due = False

    async def open(self) -> None:
        """Begin to tell."""
        super().open()
        self.set_nodelay(True)
        stop = await self._subscribed()
        if self.ws_connection is not None:
            self._stop = stop
        else:
            stop()

    def on_close(self) -> None:
        """Tell no more."""
        super().on_close()
        if self._stop is not None:
            self._stop()

    async def _subscribed(self) -> Callable[[], None]:
        """Begin to hear of changes, in any thread; what is returned ends that."""
        return (await self.host.service()).subscribe(self._changed)

    def _changed(self, _plan_id: str = "") -> None:
        self._loop.call_soon_threadsafe(self._soon)

    def _soon(self) -> None:
        if not self._due:
            self._due = True
            ioloop.IOLoop.current().call_later(QUIET, self._tell)

    def _tell(self) -> None:
        self._due = False
        self.say({"kind": self.kind})

"""Notices: tells MCP clients that listen that a plan changed, whoever changed it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future

import anyio.lowlevel
from mcp.server.subscriptions import ResourceUpdated, ServerEvent

from ..sync.peer import Peer
from ..sync.plans import PlanEvent

PLANS = "peerplan://plans"
_log = logging.getLogger(__name__)
Listener = Callable[[ServerEvent], None]


def plan_uri(plan_id: str) -> str:
    """The resource of a plan."""
    return f"{PLANS}/{plan_id}"


def feedback_uri(plan_id: str) -> str:
    """The resource of a plan's feedback."""
    return f"{PLANS}/{plan_id}/feedback"


class _Mailbox:
    """A listener with the loop it is called on, and what it was not told yet."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._due: dict[ServerEvent, None] = {}

    def put(self, event: ServerEvent) -> None:
        """Tell `event` soon, from any thread; what is due already is told once."""
        try:
            self._loop.call_soon_threadsafe(self._take, event)
        except RuntimeError:
            _log.debug("A listener's loop is closed")

    def _take(self, event: ServerEvent) -> None:
        if not self._due:
            self._loop.call_soon(self._deliver)
        self._due[event] = None

    def _deliver(self) -> None:
        due, self._due = list(self._due), {}
        for event in due:
            self._listener(event)


class Notices:
    """A subscription bus (see `mcp.server.subscriptions`) fed by a peer while anybody listens.

    Listeners are called on the loop that they subscribed on.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._boxes: dict[object, _Mailbox] = {}
        self._stop: Future[Callable[[], None]] | None = None

    async def publish(self, event: ServerEvent) -> None:
        """Tell every listener."""
        for box in list(self._boxes.values()):
            box.put(event)
        await anyio.lowlevel.checkpoint()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` from now on, until what is returned is called."""
        token = object()
        self._boxes[token] = _Mailbox(listener)
        if self._stop is None:
            self._stop = self._peer.post(lambda plans: plans.subscribe(self._changed))

        def unsubscribe() -> None:
            self._boxes.pop(token, None)
            if not self._boxes:
                self._rest()

        return unsubscribe

    def _rest(self) -> None:
        stop, self._stop = self._stop, None
        if stop is not None:
            stop.add_done_callback(lambda done: done.exception() or done.result()())

    def _changed(self, event: PlanEvent) -> None:
        for uri in _uris(event):
            for box in list(self._boxes.values()):
                box.put(ResourceUpdated(uri=uri))


def _uris(event: PlanEvent) -> list[str]:
    """The resources that read differently now."""
    touched = event.change.to_wire().keys() if event.change else {"annotations", "header"}
    uris = [plan_uri(event.plan_id)]
    if touched & {"annotations", "reviews", "revisions"}:
        uris.append(feedback_uri(event.plan_id))
    if touched & {"annotations", "header"}:
        uris.append(PLANS)
    return uris

"""Subscriptions of the earlier protocol: a client names resources, and is told when they change.

In the later one clients listen instead (`subscriptions/listen`), which the SDK serves.
"""

from __future__ import annotations

import asyncio
from typing import Any

from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import ResourceUpdated, ServerEvent, SubscriptionBus
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    EmptyResult,
    SubscribeRequestParams,
    UnsubscribeRequestParams,
)

from .connection import connection_of
from .streams import Streams

MOST = 1_000
"""Resources that one client may subscribe to."""
_KEY = "peerplan.subscriber"
_Request = ServerRequestContext[Any, Any]


class _Subscriber:
    """A client with the resources that it named, and those that it was not told of yet. One that
    reads slowly, or has its stream not open, is told once of what changed many times.
    """

    def __init__(self, connection: Connection, bus: SubscriptionBus, streams: Streams) -> None:
        self.uris: set[str] = set()
        self._connection = connection
        self._streams = streams
        self._due: dict[str, None] = {}
        self._woken = asyncio.Event()
        self._unsubscribe = bus.subscribe(self._note)
        self._telling = asyncio.create_task(self._tell())

    def close(self) -> None:
        self._unsubscribe()
        self._telling.cancel()

    def _note(self, event: ServerEvent) -> None:
        if isinstance(event, ResourceUpdated) and event.uri in self.uris:
            self._due[event.uri] = None
            self._woken.set()

    async def _tell(self) -> None:
        while await self._woken.wait():
            self._woken.clear()
            await self._streams.until_open(self._connection.session_id)
            due, self._due = self._due, {}
            for uri in due:
                await self._connection.send_resource_updated(uri)


class Subscriptions:
    """Serves `resources/subscribe` and `resources/unsubscribe`, fed by a bus.

    Over HTTP, what changes before a client opens its stream of notifications, or while it opens
    another, is told when it is open. Nothing is told again to one whose connection broke while it
    was told. A resource that never changes, or is not there, is never told of.
    """

    def __init__(self, bus: SubscriptionBus, streams: Streams) -> None:
        self._bus = bus
        self._streams = streams

    async def subscribe(self, request: _Request, params: SubscribeRequestParams) -> EmptyResult:
        """Tell the client from now on when a resource changed."""
        connection = _connection(request)
        subscriber = connection.state.get(_KEY)
        if subscriber is None:
            subscriber = connection.state[_KEY] = _Subscriber(connection, self._bus, self._streams)
            connection.exit_stack.callback(_end, connection)
        if len(subscriber.uris) >= MOST:
            raise MCPError(INVALID_PARAMS, f"At most {MOST} resources can be subscribed to.")
        subscriber.uris.add(str(params.uri))
        return EmptyResult()

    async def unsubscribe(self, request: _Request, params: UnsubscribeRequestParams) -> EmptyResult:
        """Tell it no more; a resource that it did not subscribe to is no error."""
        connection = _connection(request)
        subscriber = connection.state.get(_KEY)
        if subscriber is not None:
            subscriber.uris.discard(str(params.uri))
            if not subscriber.uris:
                _end(connection)
        return EmptyResult()


def _connection(request: _Request) -> Connection:
    found = connection_of(request.session)
    if found is None:
        raise MCPError(INTERNAL_ERROR, "This connection takes no subscriptions.")
    return found


def _end(connection: Connection) -> None:
    subscriber = connection.state.pop(_KEY, None)
    if subscriber is not None:
        subscriber.close()

"""The client's end of a WebSocket: keeps rooms equal with a server, through reconnects."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, TypeAlias

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI, WebSocketException

from ...errors import InvalidInputError
from ..codec import MAX_FRAME
from ..connection import Connection, Ending, Message
from ..events import Closed, Event, Joined, Role
from ..introduction import Terms
from ..room import Room
from ..session import Session
from .dialing import Backoff, Dial

_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
_FINAL = {1002, 1008}
_STEADY = 10.0


@dataclass(frozen=True, slots=True)
class LinkState:
    """How a link stands."""

    state: Literal["connecting", "live", "offline"]
    detail: str = ""
    """Why it is not live."""
    since: float = 0.0
    """Unix time of the last change of `state`."""
    final: bool = False
    """Whether it gave up, because trying again is of no use."""


OnState: TypeAlias = Callable[[LinkState], None]


class WebSocketLink:
    """Joins rooms at a server and joins them again whenever the connection was lost.

    What changed meanwhile on either side is made up for by the next join. `run` lasts until
    `close`, or until the server refuses for good: the token, every room, or this peer's conduct.
    Used on the thread of the rooms.
    """

    def __init__(
        self,
        url: str,
        terms: Terms,
        *,
        headers: Mapping[str, str] | None = None,
        backoff: Backoff | None = None,
        on_state: OnState | None = None,
    ) -> None:
        self.url, self._terms = url, terms
        self._headers, self._backoff = dict(headers or {}), backoff or Backoff()
        self._on_state = on_state
        self._rooms: dict[Room, list[Session]] = {}
        self._connection: Connection | None = None
        self._closing, self._hurry = asyncio.Event(), asyncio.Event()
        self.state = LinkState("connecting", since=time.time())

    @property
    def pending(self) -> int:
        """Local changes that the server has not acknowledged."""
        return sum(session.pending for sessions in self._rooms.values() for session in sessions)

    def join(self, room: Room) -> None:
        """Adds a room, now or at the next connection."""
        self._rooms[room] = [
            Session(room.name, room.port(crdt), Role.REQUESTER, self._terms, crdt=crdt)
            for crdt in room.kinds
        ]
        self._wait_in(room)
        if self._connection is not None:
            self._connection.join(room, self._rooms[room])

    def leave(self, room: Room) -> None:
        """Leaves a room."""
        if self._connection is not None:
            self._connection.leave(room)
        for session in self._rooms.pop(room, []):
            room.exit(session)

    def close(self) -> None:
        """Ends `run`."""
        self._closing.set()
        self._hurry.set()
        if self._connection is not None:
            self._connection.close("This peer leaves.")

    def retry_now(self) -> None:
        """Cuts a pause between attempts short, as when the network is back."""
        self._hurry.set()

    async def run(self) -> LinkState:
        """Connects again and again; the state in which it ended."""
        attempt = 0
        while not self._closing.is_set() and not self.state.final:
            started = time.monotonic()
            detail, final = await self._attempt()
            attempt = 1 if time.monotonic() - started > _STEADY else attempt + 1
            self._set("offline", detail, final=final)
            if not final:
                await self._pause(self._backoff.pause(attempt))
        for room in list(self._rooms):
            self.leave(room)
        return self.state

    async def _attempt(self) -> tuple[str, bool]:
        """One connection, from its beginning to its end; why it ended, and whether for good."""
        try:
            return await self._live()
        except InvalidStatus as error:
            status = error.response.status_code
            return f"The server answered {status}.", status in _REFUSED or 300 <= status < 400
        except InvalidURI as error:
            raise InvalidInputError(f"{self.url} is not the address of a WebSocket.") from error
        except (OSError, TimeoutError, WebSocketException) as error:
            return f"The server cannot be reached: {error or type(error).__name__}", False

    async def _live(self) -> tuple[str, bool]:
        async with Dial(
            self.url,
            additional_headers=self._headers,
            compression=None,  # a small frame must not unfold into a large one
            max_size=MAX_FRAME,
            ping_interval=None,  # the protocol has its own, which data channels need too
        ) as socket:
            ending = await self._carry(socket)
            await socket.close(ending.code, ending.reason.encode()[:120].decode(errors="ignore"))
            code, reason = socket.close_code or ending.code, socket.close_reason or ending.reason
        return reason, code in _FINAL or not self._rooms

    async def _carry(self, socket: ClientConnection) -> Ending:
        self._connection = connection = Connection(Role.REQUESTER, self._terms, listen=self._listen)
        for room, sessions in self._rooms.items():
            connection.join(room, sessions)
        if self._closing.is_set():
            connection.close("This peer leaves.")

        async def receive() -> Message | None:
            try:
                return await socket.recv()
            except ConnectionClosed:
                return None

        async def send(message: Message) -> None:
            try:
                await socket.send(message)
            except ConnectionClosed as error:
                raise ConnectionResetError("The socket is closed.") from error

        try:
            return await connection.run(receive, send)
        finally:
            self._connection = None
            for room in self._rooms:
                self._wait_in(room)

    def _wait_in(self, room: Room) -> None:
        """Lets sessions hear of changes while they are not connected, so that they are counted."""
        for session in self._rooms[room]:
            room.enter(session, lambda _: None)

    def _listen(self, session: Session, event: Event) -> None:
        if isinstance(event, Joined):
            self._set("live")
        if isinstance(event, Closed) and event.refused:
            self._refused(session, event.reason)

    def _refused(self, session: Session, reason: str) -> None:
        """A document's room that does not want this peer is given up; presence alone is not."""
        if session.ephemeral:
            return
        self._rooms = {
            room: sessions for room, sessions in self._rooms.items() if session not in sessions
        }
        if not self._rooms and self._connection is not None:
            self._connection.close(reason)

    def _set(
        self, state: Literal["connecting", "live", "offline"], detail: str = "", final: bool = False
    ) -> None:
        same = (state, detail, final) == (self.state.state, self.state.detail, self.state.final)
        if same:
            return
        since = self.state.since if state == self.state.state else time.time()
        self.state = LinkState(state, detail, since, final)
        if self._on_state is not None:
            self._on_state(self.state)

    async def _pause(self, seconds: float) -> None:
        self._hurry.clear()
        if self._closing.is_set():
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), seconds)

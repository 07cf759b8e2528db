"""Sessions on one socket: many rooms, told apart by name and kind."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ..errors import ForbiddenError, PeerPlanError, ProtocolError
from .codec import decode, encode
from .events import Closed, Event, Imported, Role, State
from .frames import (
    Ack,
    Crdt,
    DocUpdate,
    FragmentHeader,
    Frame,
    JoinError,
    JoinErrorCode,
    JoinRequest,
    UpdateStatus,
)
from .introduction import Introduction, Terms
from .limits import TokenBucket
from .ports import DocumentPort
from .room import Room
from .session import Session

TICK = 0.25
"""Seconds between two looks at what is due."""
_FLUSH = 2.0

Message: TypeAlias = bytes | str
Receive: TypeAlias = Callable[[], Awaitable[Message | None]]
"""The next message, None at the end."""
Send: TypeAlias = Callable[[Message], Awaitable[None]]
"""Sends a message and returns when there is room for the next; `ConnectionError` at the end."""
OpenRoom: TypeAlias = Callable[[str], Room]
"""The room of that name, for a peer that was admitted; `NotFoundError` if there is none."""
Listener: TypeAlias = Callable[[Session, Event], None]
PortOf: TypeAlias = Callable[[Room, Crdt], DocumentPort]
"""What a session keeps equal in a room; `NotFoundError` for a kind that is not kept there."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a connection ended, in the words of a WebSocket's close frame."""

    code: int
    reason: str


GONE = Ending(1000, "The other peer closed the connection.")


class Connection:
    """Carries sessions over one ordered, reliable message channel: a WebSocket or a data channel.

    A receiver opens rooms as the other peer asks for them (`open_room`); a requester is told
    which to `join`. `run` lasts as long as the channel. Used on the thread of the rooms.
    """

    def __init__(
        self,
        role: Role,
        terms: Terms,
        *,
        open_room: OpenRoom | None = None,
        listen: Listener | None = None,
        port_of: PortOf = lambda room, crdt: room.port(crdt, Role.RECEIVER),
    ) -> None:
        self.role, self._terms = role, terms
        self._port_of = port_of
        self._open_room, self._listener = open_room, listen
        self._sessions: dict[tuple[Crdt, str], tuple[Session, Room]] = {}
        self._outbox: deque[Message] = deque()
        self._outbox_size = 0
        self._wake = asyncio.Event()
        self._settling = False
        self._ending: asyncio.Future[Ending] | None = None
        self._ended: Ending | None = None
        limits = terms.limits
        self._bucket = TokenBucket(limits.messages_per_second, limits.burst, terms.clock)
        self._heard = self._pinged = self._ticked = terms.clock()

    @property
    def sessions(self) -> list[Session]:
        """The sessions that this connection carries."""
        return [session for session, _ in self._sessions.values()]

    @property
    def settled(self) -> bool:
        """Whether the other peer has acknowledged all that it was to get of the documents."""
        documents = [session for session in self.sessions if not session.ephemeral]
        acknowledged = (one.state is State.JOINED and one.pending == 0 for one in documents)
        return bool(documents) and all(acknowledged)

    def join(self, room: Room, sessions: Iterable[Session]) -> None:
        """Asks to join a room with sessions of a requester, new or carried before by another."""
        for session in sessions:
            self._carry(session, room)
            self._put(session.start())

    def leave(self, room: Room) -> None:
        """Leaves a room."""
        for session, where in list(self._sessions.values()):
            if where is room:
                self._put(session.leave())
                self._forget(session, room)

    def goodbye(self, reason: str) -> None:
        """Leaves all rooms, which the other peer is told, and ends."""
        for session, room in list(self._sessions.values()):
            self._put(session.leave())
            self._forget(session, room)
        self.close(reason)

    def put_out(self, reason: str) -> None:
        """Puts the other peer out of all rooms, which it is told, and ends."""
        for session in self.sessions:
            self._put(session.evict(reason))
        self.close(reason, 1008)

    def probe(self) -> None:
        """Asks now whether the other peer is there, and soon gives it up if it does not answer."""
        limits = self._terms.limits
        self._heard = min(self._heard, self._terms.clock() - limits.silence + limits.keepalive)
        self._ping()

    def close(self, reason: str, code: int = 1000) -> None:
        """Ends the connection, after what waits to be sent."""
        self._ended = self._ended or Ending(code, reason)
        self._wake.set()
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(self._ended)

    async def run(self, receive: Receive, send: Send) -> Ending:
        """Carries messages until all is read that came before the channel ended, or until it is to
        be closed, and says why.

        The channel itself is left to the caller, who closes it with the code and reason.
        """
        self._ending = asyncio.get_running_loop().create_future()
        if self._ended is not None:
            self._ending.set_result(self._ended)
        sender = asyncio.ensure_future(self._send_all(send))
        others = [asyncio.ensure_future(work) for work in (self._read(receive), self._keep())]
        watched: list[asyncio.Future[Any]] = [self._ending, *others]
        try:
            await asyncio.wait([sender, *watched], return_when=asyncio.FIRST_COMPLETED)
            if sender.done() and sender.exception() is None:
                # What came before the channel was closed may not have been read.
                await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            if self._ending.done():
                await asyncio.wait([sender], timeout=_FLUSH)
        finally:
            self._release()
            await _cancelled([sender, *others])
        return self._ended or GONE

    def _release(self) -> None:
        for session, room in list(self._sessions.values()):
            self._forget(session, room)
            session.disconnected()

    async def _read(self, receive: Receive) -> None:
        with suppress(ConnectionError):
            while self._ended is None and (message := await receive()) is not None:
                self._take(message)
                await self._settle()
                await asyncio.sleep(0)

    async def _settle(self) -> None:
        """Has tried and taken in what came; until then the other peer need not be heard."""
        self._settling = True
        for session in self.sessions:
            self._put(await session.settle())
        self._settling = False
        self._heard = self._terms.clock()

    def _take(self, message: Message) -> None:
        self._heard = self._terms.clock()
        if isinstance(message, str):
            self._keepalive(message)
            return
        try:
            frame = decode(message)
        except ProtocolError as error:
            self.close(error.message, 1002)
            return
        known = self._sessions.get((frame.crdt, frame.room))
        if isinstance(frame, JoinRequest) and self.role is Role.RECEIVER:
            self._join_request(frame)
        elif known is not None:
            self._put(known[0].receive(frame))
        elif not self._bucket.take():
            self.close("Too many messages outside of rooms came.", 1008)
        elif isinstance(frame, DocUpdate | FragmentHeader):
            status = UpdateStatus.PERMISSION_DENIED
            self._put([encode(Ack(frame.crdt, frame.room, frame.batch, status))])

    def _keepalive(self, text: str) -> None:
        if not self._bucket.take():
            self.close("Too many messages outside of rooms came.", 1008)
        elif text == "ping":
            self._put(["pong"])

    def _join_request(self, frame: JoinRequest) -> None:
        """Admits first and opens the room then, so that strangers do not learn what there is."""
        if not self._bucket.take():
            self.close("Too many messages outside of rooms came.", 1008)
            return
        key = (frame.crdt, frame.room)
        if old := self._sessions.get(key):
            self._forget(*old)
        try:
            session, room = self._answering(frame)
        except PeerPlanError as error:
            self._put([encode(_refusal(frame, error))])
            return
        self._carry(session, room)
        self._put(session.receive(frame))

    def _answering(self, frame: JoinRequest) -> tuple[Session, Room]:
        if len(self._sessions) >= 2 * self._terms.limits.rooms:
            raise ForbiddenError("This connection is in too many rooms.")
        if self._open_room is None or len(frame.auth) > self._terms.limits.introduction:
            raise ForbiddenError("There is nothing to join here.")
        permission = self._terms.admit(frame.room, Introduction.decode(frame.auth))
        room = self._open_room(frame.room)
        terms = replace(self._terms, admit=lambda _name, _who: permission)
        port = self._port_of(room, frame.crdt)
        return Session(room.name, port, self.role, terms, crdt=frame.crdt), room

    def _listen(self, session: Session, room: Room, event: Event) -> None:
        if isinstance(event, Imported):
            room.imported(session, event)
        if isinstance(event, Closed):
            self._forget(session, room)
            if event.fault:
                self.close(event.reason, 1008)
        if self._listener is not None:
            self._listener(session, event)

    def _carry(self, session: Session, room: Room) -> None:
        session.listen = lambda event: self._listen(session, room, event)
        self._sessions[session.crdt, session.room] = session, room
        room.enter(session, self._put)

    def _forget(self, session: Session, room: Room) -> None:
        self._sessions.pop((session.crdt, session.room), None)
        room.exit(session)

    def _put(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._outbox.append(message)
            self._outbox_size += len(message)
            self._wake.set()
        if self._outbox_size > self._terms.limits.outbox:
            self._outbox.clear()
            self._outbox_size = 0
            self.close("The other peer reads too slowly.", 1013)

    async def _send_all(self, send: Send) -> None:
        with suppress(ConnectionError):
            while self._outbox or self._ended is None:
                self._wake.clear()
                while self._outbox:
                    message = self._outbox.popleft()
                    self._outbox_size -= len(message)
                    await send(message)
                if self._ended is None:
                    await self._wake.wait()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            for session, room in list(self._sessions.values()):
                self._put(session.tick())
                room.tick()
            self._mind_silence()

    def _mind_silence(self) -> None:
        """A machine may sleep, and a thread be held up: who slept asks before it judges."""
        now, limits = self._terms.clock(), self._terms.limits
        slept = now - self._ticked > limits.keepalive + 4 * TICK
        self._ticked = now
        if slept or self._settling:
            self._heard = max(self._heard, now - limits.silence + limits.keepalive)
        if now - self._heard > limits.silence:
            self.close("The other peer does not answer.", 1001)
        elif slept or now - max(self._heard, self._pinged) > limits.keepalive:
            self._ping()

    def _ping(self) -> None:
        self._pinged = self._terms.clock()
        self._put(["ping"])


def _refusal(frame: JoinRequest, error: PeerPlanError) -> Frame:
    if isinstance(error, ForbiddenError):
        return JoinError(frame.crdt, frame.room, JoinErrorCode.AUTH_FAILED, error.message)
    code = JoinErrorCode.APP_ERROR
    return JoinError(frame.crdt, frame.room, code, error.message, app_code=error.code)


async def _cancelled(tasks: Iterable[asyncio.Future[None]]) -> None:
    """Ends the tasks; what one of them died of is raised, since it is a bug."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result

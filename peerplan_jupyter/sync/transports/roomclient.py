"""A peer's place in a room, at one of its room servers, kept through reconnects."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException

from ...errors import InvalidInputError, ProtocolError, TooLargeError
from .dialing import Backoff, Dial
from .roomsocket import Hearing, RoomSocket

MAX_PAYLOAD = 256 * 1024
"""Bytes of one relayed frame without its names."""
_LARGEST = 1024 * 1024
_STEADY = 10.0
_ANSWER = 5.0
_CHECK = 25.0
Headers: TypeAlias = Callable[[str], Mapping[str, str]]
_Outcome: TypeAlias = tuple[bool, str]


@dataclass(frozen=True, slots=True)
class RoomState:
    """How a peer stands with its room servers."""

    state: Literal["connecting", "live", "offline"]
    server: str = ""
    """Which server it is about."""
    relays: bool = False
    """Whether the server reaches this peer by its id: it relays frames and says who is gone."""
    detail: str = ""
    """Why it is not live."""


class RoomClient:
    """Joins one room at the first of its servers that can be reached, again and again.

    It moves on when a server drains, and looks back for an earlier server now and then, since
    peers at different servers do not meet. What is published while it is not live is lost;
    `on_state` says when to announce oneself: whenever it says live, which it also repeats now and
    then, and when a server reaches its other servers again. A server that speaks y-webrtc only
    will do, without relaying. Callbacks are called on the event loop of `run`, and must not raise.
    No cryptography happens here: what goes out is sealed, and anybody may have sent what comes in.
    """

    def __init__(  # noqa: PLR0913
        self,
        servers: Sequence[str],
        topic: str,
        peer_id: str,
        *,
        on_signal: Callable[[str, str | None], None],
        on_frame: Callable[[str, bytes], None],
        on_gone: Callable[[str], None] = lambda _: None,
        on_state: Callable[[RoomState], None] = lambda _: None,
        headers: Headers = lambda _: {},
        backoff: Backoff | None = None,
        look_back: float = 60.0,
        renew: float = 600.0,
    ) -> None:
        """`headers` are sent to the server they are for. `look_back` and `renew`, in seconds, are
        how often earlier servers are tried, and credentials for TURN are asked for.
        """
        if not servers:
            raise InvalidInputError("A room needs at least one server.")
        self.servers, self.topic, self.peer_id = tuple(servers), topic, peer_id
        self._hearing = Hearing(on_signal, on_frame, on_gone, self._joined)
        self._on_state, self._headers = on_state, headers
        self._backoff = backoff or Backoff()
        self._look_back, self._renew = look_back, renew
        self._secret = secrets.token_hex(16)
        self._socket: RoomSocket | None = None
        self._closing, self._hurry = asyncio.Event(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._trying: asyncio.Task[_Outcome] | None = None
        self._looked = False
        self.ice_servers: list[dict[str, Any]] = []
        """What the server offers for connections between peers; credentials in it expire."""
        self.state = RoomState("connecting", self.servers[0])

    def publish(self, data: str, to: str | None = None) -> bool:
        """Sends to everybody else in the room, or to one peer; False while not live."""
        if self._socket is None or self.state.state != "live":
            return False
        message = {"type": "publish", "topic": self.topic, "data": data}
        self._socket.say(message if to is None else message | {"to": to})
        return True

    async def send_frame(self, to: str, payload: bytes) -> None:
        """Relays a frame, after all that was sent before; waits while much is on its way.

        Raises `ConnectionError` while no server relays for this peer, and `TooLargeError`. That it
        arrives is not promised.
        """
        if len(payload) > MAX_PAYLOAD:
            raise TooLargeError(f"A frame of {len(payload)} bytes; {MAX_PAYLOAD} are relayed.")
        if self._socket is None or not self.state.relays:
            raise ConnectionResetError("No room server relays for this peer now.")
        await self._socket.send_frame(to, payload)

    def close(self) -> None:
        """Ends `run`."""
        self._closing.set()
        self._hurry.set()
        if self._socket is None and self._trying is not None:
            self._trying.cancel()
        self._leave()

    def retry_now(self) -> None:
        """Cuts a pause between attempts short, as when the network is back; asks the server whether
        it is there.
        """
        self._hurry.set()

    async def run(self) -> None:
        """Connects again and again, until `close`."""
        failures, index = 0, 0
        while not self._closing.is_set():
            server, started = self.servers[index], time.monotonic()
            drained, detail = await self._unless_closed(self._attempt(server))
            lasted = self.state.state == "live" and time.monotonic() - started > _STEADY
            self._set(RoomState("offline", server, detail=detail))
            back, self._looked = (lasted and not drained) or self._looked, False
            failures = 0 if lasted or back else failures + 1
            index = 0 if back else (index + 1) % len(self.servers)
            if index == 0 and failures:
                await self._pause(self._backoff.pause(-(-failures // len(self.servers))))

    async def _unless_closed(self, attempt: Coroutine[Any, Any, _Outcome]) -> _Outcome:
        self._trying = asyncio.create_task(attempt)
        try:
            await asyncio.wait([self._trying])
        finally:
            self._trying.cancel()
        return (False, "") if self._trying.cancelled() else self._trying.result()

    async def _attempt(self, server: str) -> _Outcome:
        """One connection, from beginning to end; whether it was drained, and why it ended."""
        self._set(RoomState("connecting", server, detail=self.state.detail))
        try:
            return await self._live(server)
        except InvalidStatus as error:
            return False, f"The server answered {error.response.status_code}."
        except InvalidURI as error:
            raise InvalidInputError(f"{server} is not the address of a WebSocket.") from error
        except ProtocolError as error:
            return False, error.message
        except (OSError, TimeoutError, WebSocketException) as error:
            return False, f"The server cannot be reached: {error or type(error).__name__}"

    async def _live(self, server: str) -> _Outcome:
        async with self._dial(server) as websocket:
            socket = RoomSocket(websocket, self.topic, self.peer_id, self._hearing)
            socket.join(self._secret)
            self._socket = socket
            others = [
                asyncio.create_task(one)
                for one in (self._watched(socket), self._renewed(socket), self._look(server))
            ]
            try:
                if self._closing.is_set():
                    return False, ""
                detail = await socket.run()
                return socket.drained, detail
            finally:
                self._socket = None
                for task in others:
                    task.cancel()
                await asyncio.wait(others)

    def _dial(self, server: str) -> Dial:
        return Dial(
            server,
            additional_headers=self._headers(server),
            compression=None,  # what is sealed cannot be compressed
            max_size=_LARGEST,
            open_timeout=_ANSWER,
            close_timeout=1.0,
        )

    def _joined(self, ice_servers: list[dict[str, Any]]) -> None:
        self.ice_servers = ice_servers
        self.state = RoomState("live", self.state.server, relays=True)
        self._on_state(self.state)

    async def _watched(self, socket: RoomSocket) -> None:
        """Leaves a server that is mute. One that does not know `join` answers `ping` alone; since
        an answer may also be lost, it is asked again.
        """
        while True:
            socket.heard = False
            socket.say({"type": "ping"})
            await asyncio.sleep(_ANSWER)
            if not socket.heard:
                await socket.give_up("The server does not answer.")
                return
            if self.state.state == "connecting":
                self._set(RoomState("live", self.state.server))
            await self._pause(_CHECK)
            if not self.state.relays:
                socket.join(self._secret)

    async def _renewed(self, socket: RoomSocket) -> None:
        """Joins again now and then, for credentials that have not expired."""
        while True:
            await asyncio.sleep(self._renew)
            socket.join(self._secret)

    async def _look(self, server: str) -> None:
        """Leaves for an earlier server as soon as one is there."""
        earlier = self.servers[: self.servers.index(server)]
        while earlier:
            await asyncio.sleep(self._look_back)
            for one in earlier:
                with suppress(OSError, TimeoutError, WebSocketException):
                    async with self._dial(one):
                        self._looked = True
                        self._leave()
                        return

    def _leave(self) -> None:
        if self._socket is not None:
            task = asyncio.create_task(self._socket.close())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _set(self, state: RoomState) -> None:
        if state != self.state:
            self.state = state
            self._on_state(state)

    async def _pause(self, seconds: float) -> None:
        self._hurry.clear()
        if self._closing.is_set():
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), seconds)

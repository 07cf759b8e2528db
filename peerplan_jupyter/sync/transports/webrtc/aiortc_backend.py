"""WebRTC by aiortc: Python, and installed with peerplan."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

from aioice.ice import CandidatePair
from aiortc import (
    InvalidStateError,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from aiortc.sdp import candidate_from_sdp

from ...connection import Message
from ..channel import Path
from .backend import (
    CLOSED,
    FLUSH_SECONDS,
    IMPOSTOR,
    LABELS,
    LOW,
    SILENT,
    Candidate,
    Label,
    Listener,
    Settings,
)
from .guard import guarded

GATHER_SECONDS = 0.7
"""How long a STUN server may take to answer; aioice waits for 5 s for one that does not."""
TURN_SECONDS = 2.0
"""The same where a TURN server is asked too, which takes up to five round trips."""
HELD_BYTES = 4 * 1024 * 1024
"""What may wait in a connection for the rest of its message. aiortc keeps all that comes."""
_LOOK_SECONDS = 0.5
_WINDOW = 1024 * 1024


class AiortcBackend:
    """An `aiortc.RTCPeerConnection`.

    It does not trickle: descriptions hold all local candidates.
    """

    def __init__(self, settings: Settings, listener: Listener) -> None:
        self._settings, self._listener = settings, listener
        self._channels: dict[str, RTCDataChannel] = {}
        self._pc = RTCPeerConnection(_configuration(settings))
        self._pc.on("connectionstatechange", guarded(self._state_changed))
        self._pc.on("datachannel", guarded(self._announced))
        self._loop = asyncio.get_running_loop()
        self._looking = self._loop.call_later(_LOOK_SECONDS, self._look)

    async def offer(self) -> str:
        """Opens both channels and describes this side."""
        for label in LABELS:
            self._watch(self._pc.createDataChannel(label))
        return await self._describe()

    async def answer(self, sdp: str) -> str:
        """Takes an offer and describes this side."""
        await self._pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
        return await self._describe()

    async def accept(self, sdp: str) -> None:
        """Takes the answer."""
        await self._pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))

    async def add_candidate(self, candidate: Candidate | None) -> None:
        """Adds a remote candidate; a name that ends in .local is looked up before this returns."""
        if candidate is None:
            await self._pc.addIceCandidate(None)
            return
        parsed = candidate_from_sdp(candidate["candidate"].removeprefix("candidate:"))
        parsed.sdpMid, parsed.sdpMLineIndex = candidate["sdpMid"], candidate["sdpMLineIndex"]
        await self._pc.addIceCandidate(parsed)

    def send(self, label: Label, message: Message) -> None:
        """Queues a message; `ConnectionError` if the channel is closed."""
        try:
            self._channels[label].send(message)
        except InvalidStateError as error:
            raise ConnectionResetError(CLOSED) from error

    def buffered(self, label: Label) -> int:
        """Bytes queued in the channel."""
        return self._channels[label].bufferedAmount

    def path(self) -> Path:
        """Whether the selected pair goes through a TURN server."""
        pair = self._ice()._nominated.get(1)  # noqa: SLF001 - aioice offers no other way
        kinds = [pair.local_candidate.type, pair.remote_candidate.type] if pair else []
        return "turn" if "relay" in kinds else "direct"

    async def close(self) -> None:
        """Sends what is queued, for a second at most, and closes."""
        self._looking.cancel()
        if self._pc.connectionState == "connected":
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_SECONDS):
                    await asyncio.gather(*map(_closed, self._channels.values()))
        await self._pc.close()

    async def _describe(self) -> str:
        ice = self._ice()
        limit = TURN_SECONDS if self._settings.turn_urls else GATHER_SECONDS
        gather: Any = partial(ice.get_component_candidates, timeout=limit)
        ice.get_component_candidates = gather
        await self._pc.setLocalDescription()
        self._listener.candidate(None)
        return self._pc.localDescription.sdp

    def _ice(self) -> Any:
        """The `aioice.Connection`, whose timeout and selected pair aiortc does not show."""
        sctp: Any = self._pc.sctp
        return sctp.transport.transport._connection  # noqa: SLF001

    def _look(self) -> None:
        """Ends a connection whose other end begins messages without ending them."""
        sctp: Any = self._pc.sctp
        held = _WINDOW - sctp._advertised_rwnd if sctp is not None else 0  # noqa: SLF001
        if held > HELD_BYTES:
            self._listener.ended(f"The other peer sent {held} bytes of messages without end.")
        else:
            self._looking = self._loop.call_later(_LOOK_SECONDS, self._look)
            if self._settings.patient and sctp is not None:
                self._try_again()

    def _try_again(self) -> None:
        """Looks again for who is not there yet: aioice checks each address for a minute only."""
        ice = self._ice()
        for pair in ice._check_list:  # noqa: SLF001
            if pair.state is CandidatePair.State.FAILED:
                ice.check_state(pair, CandidatePair.State.WAITING)

    def _announced(self, channel: RTCDataChannel) -> None:
        self._watch(channel)
        self._listener.opened(channel.label)

    def _watch(self, channel: RTCDataChannel) -> None:
        label = channel.label
        if label not in LABELS or label in self._channels or not _is_reliable(channel):
            self._listener.ended(f"The other peer opened a channel {label[:40]!r}.")
            return
        self._channels[label] = channel
        channel.bufferedAmountLowThreshold = LOW[label]
        channel.on("open", guarded(lambda: self._listener.opened(label)))
        channel.on("message", guarded(lambda message: self._listener.message(label, message)))
        channel.on("bufferedamountlow", guarded(self._listener.room))
        channel.on("close", guarded(partial(self._channel_closed, label)))

    def _channel_closed(self, label: str) -> None:
        # ICE closes itself when its checks are not answered any more; the other end closes SCTP
        silent = self._ice()._closing  # noqa: SLF001
        self._listener.closed(label, SILENT if silent else CLOSED)

    def _state_changed(self) -> None:
        state = self._pc.connectionState
        sctp = self._pc.sctp
        if sctp is not None and sctp.transport.state == "failed":
            self._listener.ended(IMPOSTOR)
        elif state == "failed":
            self._listener.unreachable()
        elif state == "closed":
            self._listener.ended(SILENT)


def _configuration(settings: Settings) -> RTCConfiguration:
    policy = RTCIceTransportPolicy.RELAY if settings.relay_only else RTCIceTransportPolicy.ALL
    servers = [
        RTCIceServer(list(one.urls), one.username, one.credential) for one in settings.servers
    ]
    # without any argument aiortc asks Google's STUN server
    return RTCConfiguration(iceServers=servers, iceTransportPolicy=policy)


def _is_reliable(channel: RTCDataChannel) -> bool:
    limits = (channel.maxPacketLifeTime, channel.maxRetransmits)
    return channel.ordered and limits == (None, None)


async def _closed(channel: RTCDataChannel) -> None:
    """Closes a channel and waits until the other end took what was sent before."""
    done = asyncio.Event()
    channel.on("close", done.set)
    channel.close()
    if channel.readyState != "closed":
        await done.wait()

"""WebRTC by wrtc: libwebrtc, Chromium's own, as a native module. For those who install it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Literal

import webrtc

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


class WrtcBackend:
    """A `webrtc.RTCPeerConnection`. It trickles, and its handlers run on the loop it is made on."""

    def __init__(self, settings: Settings, listener: Listener) -> None:
        self._listener = listener
        self._channels: dict[str, webrtc.RTCDataChannel] = {}
        self._path: Path = "direct"
        self._loop = asyncio.get_running_loop()
        self._was_open, self._patient = False, settings.patient
        self._pc = webrtc.RTCPeerConnection(_configuration(settings))
        self._pc.on("icecandidate", guarded(self._found))
        self._pc.on("connectionstatechange", guarded(self._state_changed))
        self._pc.on("datachannel", guarded(lambda event: self._watch(event.channel)))

    async def offer(self) -> str:
        """Opens both channels and describes this side."""
        for label in LABELS:
            self._watch(self._pc.create_data_channel(label))
        return await self._describe(await self._pc.create_offer())

    async def answer(self, sdp: str) -> str:
        """Takes an offer and describes this side."""
        await self._take("offer", sdp)
        return await self._describe(await self._pc.create_answer())

    async def accept(self, sdp: str) -> None:
        """Takes the answer."""
        await self._take("answer", sdp)

    async def add_candidate(self, candidate: Candidate | None) -> None:
        """Adds a remote candidate."""
        init = webrtc.RTCIceCandidateInit.from_json(candidate) if candidate else None
        try:
            await self._pc.add_ice_candidate(init)
        except (webrtc.OperationError, webrtc.InvalidStateError) as error:
            raise ValueError(str(error)) from error

    def send(self, label: Label, message: Message) -> None:
        """Queues a message; `ConnectionError` if the channel is closed."""
        try:
            self._channels[label].send(message)
        except webrtc.InvalidStateError as error:
            raise ConnectionResetError(CLOSED) from error

    def buffered(self, label: Label) -> int:
        """Bytes queued in the channel."""
        return self._channels[label].buffered_amount

    def path(self) -> Path:
        """Whether the selected pair goes through a TURN server, as of the last time it was asked.

        An address at a server may be known as one that was seen only, until it is signalled.
        """
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(guarded(self._pair_changed))
        return self._path

    async def close(self) -> None:
        """Sends what is queued, for a second at most, and closes."""
        if self._pc.connection_state == "connected":
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_SECONDS):
                    await asyncio.gather(*map(_closed, self._channels.values()))
        self._pc.close()

    async def _take(self, kind: Literal["offer", "answer"], sdp: str) -> None:
        try:
            await self._pc.set_remote_description(webrtc.RTCSessionDescriptionInit(kind, sdp))
        except (webrtc.InvalidAccessError, webrtc.OperationError, webrtc.RTCError) as error:
            raise ValueError(str(error)) from error

    async def _describe(self, description: webrtc.RTCSessionDescriptionInit) -> str:
        await self._pc.set_local_description(description)
        return description.sdp

    def _found(self, event: webrtc.RTCPeerConnectionIceEvent) -> None:
        candidate = event.candidate
        self._listener.candidate(candidate.to_json() if candidate else None)

    def _watch(self, channel: webrtc.RTCDataChannel) -> None:
        label = channel.label
        if label not in LABELS or label in self._channels or not _is_reliable(channel):
            self._listener.ended(f"The other peer opened a channel {label[:40]!r}.")
            return
        self._channels[label] = channel
        channel.buffered_amount_low_threshold = LOW[label]
        channel.on("open", guarded(lambda _: self._listener.opened(label)))
        channel.on("message", guarded(partial(self._message, label)))
        channel.on("bufferedamountlow", guarded(lambda _: self._listener.room()))
        channel.on("close", guarded(lambda _: self._listener.closed(label, CLOSED)))

    def _message(self, label: str, event: webrtc.MessageEvent) -> None:
        if isinstance(event.data, str | bytes):
            self._listener.message(label, event.data)

    def _state_changed(self, _: webrtc.Event) -> None:
        state = self._pc.connection_state
        dtls = self._pc.sctp.transport if self._pc.sctp else None
        if state == "connected" and dtls is not None:
            self._was_open = True
            dtls.ice_transport.on("selectedcandidatepairchange", guarded(self._pair_changed))
            self._pair_changed()
        elif dtls is not None and dtls.state == "failed":
            self._listener.ended(IMPOSTOR)
        elif state == "failed" and self._was_open:
            self._listener.ended(SILENT)
        elif state == "failed" and not self._patient:
            self._listener.unreachable()

    def _pair_changed(self, _: webrtc.Event | None = None) -> None:
        sctp = self._pc.sctp
        pair = sctp.transport.ice_transport.get_selected_candidate_pair() if sctp else None
        if pair is not None:
            self._path = "turn" if "relay" in (pair.local.type, pair.remote.type) else "direct"


def _configuration(settings: Settings) -> webrtc.RTCConfiguration:
    return webrtc.RTCConfiguration(
        ice_servers=[
            webrtc.RTCIceServer(list(one.urls), one.username, one.credential)
            for one in settings.servers
        ],
        ice_transport_policy="relay" if settings.relay_only else "all",
    )


def _is_reliable(channel: webrtc.RTCDataChannel) -> bool:
    limits = (channel.max_packet_life_time, channel.max_retransmits)
    return channel.ordered and limits == (None, None)


async def _closed(channel: webrtc.RTCDataChannel) -> None:
    """Closes a channel and waits until the other end took what was sent before."""
    done = asyncio.Event()
    channel.on("close", lambda _: done.set())
    channel.close()
    if channel.ready_state != "closed":
        await done.wait()

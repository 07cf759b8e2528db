"""An end that is aiortc alone, which does what ours never does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)

from peerplan_jupyter.sync.transports.webrtc import DirectLink, Settings, answer, offer


class RawEnd:
    """One RTCPeerConnection on the loop of the test."""

    def __init__(self) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channels: dict[str, RTCDataChannel] = {}
        self.log: list[tuple[str, Any]] = []
        """Label and message, in the order in which they came."""
        self.open = asyncio.Event()
        self.pc.on("datachannel", self._adopt)

    def _adopt(self, channel: RTCDataChannel) -> None:
        self.channels[channel.label] = channel
        channel.on("message", lambda message: self.log.append((channel.label, message)))
        channel.on("open", self._opened)
        self._opened()

    def _opened(self) -> None:
        if [one.readyState for one in self.channels.values()].count("open") > 1:
            self.open.set()

    @property
    def sctp(self) -> Any:
        return self.pc.sctp

    async def take(self, signal: dict[str, Any]) -> str:
        """An offer's answer."""
        await self.pc.setRemoteDescription(RTCSessionDescription(signal["sdp"], signal["type"]))
        if signal["type"] == "offer":
            await self.pc.setLocalDescription()
        return self.pc.localDescription.sdp

    async def make_offer(self, channels: Sequence[dict[str, Any]]) -> str:
        for given in channels:
            self._adopt(self.pc.createDataChannel(**given))
        await self.pc.setLocalDescription()
        return self.pc.localDescription.sdp


BOTH = ({"label": "control"}, {"label": "bulk"})


@asynccontextmanager
async def raw_offers(
    settings: Settings, channels: Sequence[dict[str, Any]] = BOTH
) -> AsyncIterator[tuple[DirectLink, RawEnd]]:
    """A link of ours that answers a raw end."""
    raw, came = RawEnd(), asyncio.Queue[dict[str, Any]]()
    link = await answer(came.put_nowait, settings=settings)
    link.signal({"type": "offer", "sdp": await raw.make_offer(channels)})
    await raw.take(await came.get())
    try:
        yield link, raw
    finally:
        await raw.pc.close()
        link.close()
        await link.wait_closed()


@asynccontextmanager
async def raw_answers(settings: Settings) -> AsyncIterator[tuple[DirectLink, RawEnd]]:
    """A link of ours that offers to a raw end."""
    raw, came = RawEnd(), asyncio.Queue[dict[str, Any]]()
    link = await offer(came.put_nowait, settings=settings)
    sdp = await raw.take(await came.get())
    link.signal({"type": "answer", "sdp": sdp})
    try:
        yield link, raw
    finally:
        await raw.pc.close()
        link.close()
        await link.wait_closed()

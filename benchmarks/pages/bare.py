"""A bare data channel of aiortc, to which the same bytes as to a plan's peer are given."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp
from websockets.asyncio.client import connect

MESSAGE = 15_000


async def give(server: str, topic: str, size: int, ready: asyncio.Event) -> None:
    """Waits for a page and sends it so many bytes; see `raw.ts`. Lasts until it has closed."""
    async with connect(server) as socket:
        connection = RTCPeerConnection()
        await socket.send(json.dumps({"type": "subscribe", "topics": [topic]}))
        ready.set()
        channel = connection.createDataChannel("raw")
        over = asyncio.Event()
        channel.on("close", over.set)

        @channel.on("open")
        def _() -> None:
            for sent in range(0, size, MESSAGE):
                channel.send(bytes(min(MESSAGE, size - sent)))

        async def say(signal: dict[str, Any]) -> None:
            data = {**signal, "from": "bare"}
            await socket.send(json.dumps({"type": "publish", "topic": topic, "data": data}))

        async def hear() -> None:
            async for text in socket:
                told = json.loads(text)
                if told["type"] == "publish" and told["data"]["from"] != "bare":
                    await _hear(connection, told["data"], say)

        hearing = asyncio.create_task(hear())
        await over.wait()
        hearing.cancel()
        await connection.close()


async def _hear(connection: RTCPeerConnection, signal: dict[str, Any], say: Any) -> None:
    if signal.get("here"):
        await connection.setLocalDescription(await connection.createOffer())
        local = connection.localDescription
        await say({"sdp": {"type": local.type, "sdp": local.sdp}})
    if sdp := signal.get("sdp"):
        await connection.setRemoteDescription(RTCSessionDescription(**sdp))
    if (told := signal.get("candidate")) and told["candidate"]:
        candidate = candidate_from_sdp(told["candidate"].removeprefix("candidate:"))
        candidate.sdpMid, candidate.sdpMLineIndex = told["sdpMid"], told["sdpMLineIndex"]
        await connection.addIceCandidate(candidate)

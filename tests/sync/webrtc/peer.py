"""A peer of ours as a process: commands come as lines of JSON, events go out as such.

The link lives on the thread of a `Peer`, as in a kernel; the main thread reads commands.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from peerplan_jupyter.errors import UnreachableError
from peerplan_jupyter.sync.peer import Peer
from peerplan_jupyter.sync.transports.webrtc import DirectLink, IceServer, Settings, answer, offer

links: list[DirectLink] = []
lives: list[asyncio.Task[None]] = []


def say(event: str, **rest: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **rest}) + "\n")
    sys.stdout.flush()


async def begin(command: dict[str, Any]) -> None:
    settings = Settings(
        tuple(IceServer.from_wire(one) for one in command.get("servers", [])),
        backend=command.get("backend", "aiortc"),
        relay_only=command.get("relayOnly", False),
        connect_seconds=command.get("seconds", 12.0),
    )
    make = offer if command["do"] == "offer" else answer
    link = await make(
        lambda signal: say("signal", signal=signal),
        settings=settings,
        warn=lambda text: say("warned", text=text),
    )
    links.append(link)
    lives.append(asyncio.create_task(live(link)))


async def live(link: DirectLink) -> None:
    try:
        await link.opened()
    except UnreachableError as error:
        say("failed", message=error.message, hint=error.hint)
        return
    say("open", binding=link.binding.hex())
    await asyncio.gather(listen(link, "control"), listen(link, "bulk"))
    say("closed", reason=await link.wait_closed())


async def leave() -> None:
    for link in links:
        link.close()
    await asyncio.gather(*lives)
    links.clear()
    lives.clear()
    say("left")


async def listen(link: DirectLink, label: str) -> None:
    channel = getattr(link, label)
    while (message := await channel.receive()) is not None:
        if isinstance(message, bytes):
            say("message", label=label, size=len(message))
            continue
        say("message", label=label, text=message)
        if message.startswith("echo "):
            await channel.send(message.replace("echo", "echoed", 1))


def obey(peer: Peer, command: dict[str, Any]) -> None:
    match command:
        case {"do": "offer" | "answer"}:
            peer.spawn(begin(command)).result()
            say("did")
        case {"do": "signal", "signal": signal} if links:
            peer.loop.call_soon_threadsafe(links[-1].signal, signal)
        case {"do": "send", "label": label, "text": text}:
            peer.spawn(getattr(links[-1], label).send(text))
        case {"do": "path", "number": number}:
            say("did", number=number, value=links[-1].path)
        case {"do": "leave"}:
            peer.spawn(leave())
        case {"do": "busy", "seconds": seconds}:
            be_busy(seconds)


def be_busy(seconds: float) -> None:
    """What a cell does: it lets no other Python run on this thread."""
    say("busy")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
    say("idle")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        peer = Peer(Path(folder) / "journal.db").start()
        say("ready")
        for line in sys.stdin:
            if (command := json.loads(line)) == {"do": "exit"}:
                break
            obey(peer, command)


if __name__ == "__main__":
    main()

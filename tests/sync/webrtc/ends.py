"""The ends of links that are processes: a Chromium, or a peer of ours, driven by JSON lines."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from peerplan_jupyter.sync.transports.webrtc import DirectLink, Settings, answer, offer

from ...support.nursery import Child, nursery

HERE = Path(__file__).parent
Signal = dict[str, Any]


class End:
    """A process that has one end of a link."""

    def __init__(self, process: subprocess.Popen[str] | Child) -> None:
        self.process = process
        self.on_signal: Callable[[Signal], None] | None = None
        self.signals: list[Signal] = []
        """What it had for the other end."""
        self.log: list[dict[str, Any]] = []
        """What else happened there."""
        self._changed = threading.Condition()
        self._over = False
        self._asked = 0
        threading.Thread(target=self._read, daemon=True).start()

    def do(self, command: str, **rest: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": command, **rest}) + "\n")
        self.process.stdin.flush()

    def signal(self, signal: Signal) -> None:
        self.do("signal", signal=signal)

    def carry(self, on_signal: Callable[[Signal], None]) -> None:
        """Calls `on_signal` with what it has for the other end, and had so far."""
        with self._changed:
            for signal in self.signals:
                on_signal(signal)
            self.on_signal = on_signal

    def clear(self) -> None:
        self.signals, self.log, self.on_signal = [], [], None

    def wait(self, event: str, seconds: float = 30, **rest: Any) -> dict[str, Any]:
        """The first such event, which may have happened before; fails when the end does."""
        wanted = {"event": event, **rest}

        def found() -> dict[str, Any] | None:
            for one in self.log:
                failed = one["event"] == "error" or (one["event"], event) == ("failed", "open")
                if failed or wanted.items() <= one.items():
                    return one
            return {} if self._over else None

        with self._changed:
            self._changed.wait_for(found, seconds)
            seen = found()
        assert (seen or {}).get("event") == event, f"{wanted} did not come: {self.log[-8:]}"
        return seen or {}

    async def until(self, event: str, seconds: float = 30, **rest: Any) -> dict[str, Any]:
        """As `wait`, without blocking the loop."""
        return await asyncio.to_thread(self.wait, event, seconds, **rest)

    def ask(self, command: str, **rest: Any) -> Any:
        """Runs a command; its value."""
        self._asked += 1
        self.do(command, number=self._asked, **rest)
        return self.wait("did", number=self._asked).get("value")

    def _take(self, event: dict[str, Any]) -> None:
        if event["event"] != "signal":
            self.log.append(event)
            return
        self.signals.append(event["signal"])
        if self.on_signal is not None:
            self.on_signal(event["signal"])

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            event = json.loads(line)
            with self._changed:
                self._take(event)
                self._changed.notify_all()
        with self._changed:
            self._over = True
            self._changed.notify_all()


@contextmanager
def end_process(script: str, *arguments: str, inside: Sequence[str] = ()) -> Iterator[End]:
    """A script of this folder; `inside` is the command that puts it into a namespace."""
    command = [*inside, sys.executable, str(HERE / script), *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process, over(process):
        end = End(process)
        end.wait("ready")
        yield end


@contextmanager
def forked_peer() -> Iterator[End]:
    """What `end_process("peer.py")` is, without the time that it takes to import it."""
    wanted = nursery(f"{__package__}.peer", "aiortc")
    with wanted.start() as process, over(process):
        end = End(process)
        end.wait("ready")
        yield end


@contextmanager
def over(process: subprocess.Popen[str] | Child) -> Iterator[None]:
    """Ends the process: by the end of what it is told, or else without being asked."""
    try:
        yield
    finally:
        if process.stdin and process.poll() is None:
            process.stdin.close()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def introduce(one: End, other: End) -> None:
    """Carries signals between two processes."""
    one.carry(other.signal)
    other.carry(one.signal)


def unchanged(signal: Signal) -> Signal:
    return signal


@asynccontextmanager
async def link_with(
    end: End,
    *,
    offers: bool,
    settings: Settings | None = None,
    change: Callable[[Signal], Signal] = unchanged,
    **how: Any,
) -> AsyncIterator[DirectLink]:
    """A link of this process, not yet open, whose other end is that process.

    `change` is done to what the process signals, on its way.
    """
    loop = asyncio.get_running_loop()

    def carry(signal: Signal) -> None:
        loop.call_soon_threadsafe(link.signal, change(signal))

    if offers:
        end.do("answer", **how)
    link = await (offer if offers else answer)(end.signal, settings=settings)
    end.carry(carry)
    if not offers:
        end.do("offer", **how)
    try:
        yield link
    finally:
        end.on_signal = None
        link.close()
        await link.wait_closed()

"""Users that are processes, and room servers that are; see `member.py`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from ..support.nursery import Child, nursery
from ..sync.webrtc.ends import End, over

SCRIPT = Path(__file__).with_name("member.py")
SHIFTED = Path(__file__).with_name("shifted.py")
NETWORK = ["ip", "netns", "exec"]


class Member(End):
    """A user's process."""

    def has(
        self, question: str, holds: Callable[[Any], Any], seconds: float = 60, **of: Any
    ) -> Any:
        """The answer to a question, as soon as something holds for it."""
        until = monotonic() + seconds
        while not holds(answer := self.ask(question, **of)):
            assert monotonic() < until, f"{question}: {str(answer)[:2000]}"
            sleep(0.05)
        return answer

    def ask(self, command: str, **rest: Any) -> Any:
        self._asked += 1
        self.do(command, number=self._asked, **rest)
        did = self.wait("did", 60, number=self._asked)
        assert "error" not in did, f"{command}: {did['error']}"
        return did.get("value")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def member(home: Path, name: str, inside: Sequence[str] = (), clock: float = 0) -> Iterator[Member]:
    """`inside` is the command that puts the process into a namespace; its wall clock is wrong by
    `clock` seconds.
    """
    with started(home, name, inside, clock) as process, over(process):
        made = Member(process)
        made.wait("ready")
        yield made


def started(
    home: Path, name: str, inside: Sequence[str], clock: float
) -> subprocess.Popen[str] | Child:
    if not clock and list(inside[:-1]) in ([], NETWORK):
        wanted = nursery(f"{__package__}.member", "aiortc", "peerplan_jupyter.sync.mesh.mesh")
        return wanted.start(str(home), name, network="".join(inside[-1:]))
    command = [*inside, sys.executable, str(SHIFTED), str(clock), str(SCRIPT), str(home), name]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


@contextmanager
def room_server(
    host: str = "127.0.0.1", inside: Sequence[str] = (), port: int = 0
) -> Iterator[str]:
    """The address of a room server in a process of its own, which is killed at the end."""
    command = [*inside, sys.executable, "-m", "peerplan_jupyter.cli", "room-server"]
    command += ["--host", host, "--port", str(port), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            listening = json.loads(process.stdout.readline())["port"]
            yield f"ws://{host}:{listening}/"
        finally:
            process.kill()

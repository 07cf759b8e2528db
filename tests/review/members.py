"""Users that are processes, and room servers that are; see `member.py`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from ..support.nursery import Child, nursery
from ..sync.webrtc.ends import End, over

SCRIPT = Path(__file__).with_name("member.py")
WEBRTC = ("aiortc", "peerplan_jupyter.sync.mesh.mesh")
SERVING = (
    "peerplan_jupyter.cli.app", "peerplan_jupyter.cli.room_server",
    "peerplan_jupyter.sync.roomserver.server",
)  # fmt: skip


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
    """`inside` is the command that puts a process into a network; the wall clock is wrong by
    `clock` seconds.
    """
    with started(home, name, network(inside), clock) as process, over(process):
        made = Member(process)
        made.wait("ready")
        yield made


def network(inside: Sequence[str]) -> str:
    """The network that `ip netns exec NETWORK` names."""
    assert list(inside[:-1]) in ([], ["ip", "netns", "exec"])
    return "".join(inside[-1:])


def started(home: Path, name: str, network: str, clock: float) -> Child:
    who = (str(home), name)
    if not clock:
        return nursery(f"{__package__}.member", *WEBRTC).start(*who, network=network)
    shifted = nursery(f"{__package__}.shifted", *WEBRTC)
    return shifted.start(str(clock), str(SCRIPT), *who, network=network)


@contextmanager
def room_server(
    host: str = "127.0.0.1", inside: Sequence[str] = (), port: int = 0
) -> Iterator[str]:
    """The address of a room server in a process of its own, which is killed at the end."""
    serving = nursery("tests.support.command", *SERVING)
    options = ("--host", host, "--port", str(port), "--json")
    with serving.start("room-server", *options, network=network(inside)) as process:
        try:
            listening = json.loads(process.stdout.readline())["port"]
            yield f"ws://{host}:{listening}/"
        finally:
            process.kill()

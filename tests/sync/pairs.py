"""Two sessions whose frames a test carries by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from peerplan_jupyter.sync.codec import decode
from peerplan_jupyter.sync.events import Event, Role, State
from peerplan_jupyter.sync.frames import (
    Ack,
    Crdt,
    DocUpdate,
    Frame,
    UpdateStatus,
)
from peerplan_jupyter.sync.introduction import Terms
from peerplan_jupyter.sync.session import Session

ROOM = "plan"
BATCH = b"\x01" * 8


@dataclass
class Side:
    """One of two sessions whose frames a test carries by hand."""

    port: Any
    session: Session
    events: list[Event]
    sent: list[bytes] = field(default_factory=list)

    def push(self, update: bytes) -> None:
        self.sent += self.session.push(update)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def side(port: Any, role: Role, **terms: Any) -> Side:
    terms.setdefault("admit", lambda _room, _who: "write")
    events: list[Event] = []
    session = Session(ROOM, port, role, Terms(**terms), listen=events.append)
    return Side(port, session, events)


def carry(one: Side, other: Side) -> list[Frame]:
    """Delivers until both are quiet; the frames in the order they were delivered."""
    log = []
    while one.sent or other.sent:
        for source, target in ((one, other), (other, one)):
            frames, source.sent = source.sent, []
            for data in frames:
                log.append(decode(data))
                target.sent += target.session.receive(log[-1])
    return log


def joined(
    make_port: Callable[[], Any], requester: Any = None, receiver: Any = None, **terms: Any
) -> tuple[Side, Side]:
    one = side(requester or make_port(), Role.REQUESTER, **terms)
    other = side(receiver or make_port(), Role.RECEIVER, **terms)
    one.sent += one.session.start()
    carry(one, other)
    assert one.session.state is other.session.state is State.JOINED
    return one, other


def update(batch: bytes, *blobs: bytes) -> DocUpdate:
    return DocUpdate(Crdt.LORO, ROOM, blobs, batch)


def answers(frames: list[bytes]) -> list[Frame]:
    return [decode(data) for data in frames]


def ack(status: UpdateStatus, batch: bytes = BATCH) -> Ack:
    return Ack(Crdt.LORO, ROOM, batch, status)

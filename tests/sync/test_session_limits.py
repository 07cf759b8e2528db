from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from peerplan_jupyter.sync.codec import decode
from peerplan_jupyter.sync.events import Closed, Role, State
from peerplan_jupyter.sync.frames import (
    Ack,
    Crdt,
    Fragment,
    FragmentHeader,
    Frame,
    JoinRequest,
    RoomError,
    UpdateStatus,
)
from peerplan_jupyter.sync.limits import Limits

from .pairs import BATCH, ROOM, Clock, ack, answers, carry, joined, side, update


def test_a_peer_that_sends_too_fast_is_put_out_with_the_right_status(
    make_port: Callable[[], Any],
) -> None:
    limits = Limits(messages_per_second=10, burst=20)
    _, other = joined(make_port, limits=limits, clock=Clock())
    answer: list[Frame] = []
    for _ in range(40):
        answer += answers(other.session.receive(update(BATCH, b"")))
    assert answer.count(ack(UpdateStatus.OK)) == 19
    assert ack(UpdateStatus.RATE_LIMITED) in answer
    assert isinstance(answer[-1], RoomError)
    assert other.events[-1] == Closed("More than 10 messages a second came.", fault=True)


def test_a_busy_sender_keeps_to_the_rate_and_loses_nothing(make_port: Callable[[], Any]) -> None:
    clock = Clock()
    limits = Limits(messages_per_second=40, burst=80)
    one, other = joined(make_port, limits=limits, clock=clock)
    for number in range(400):
        one.push(one.port.insert(f"{number} "))
        carry(one, other)
    assert one.session.pending > 0
    clock.now += 1
    one.sent += one.session.tick()
    carry(one, other)
    assert one.session.pending == 0
    assert other.port.content == one.port.content


@pytest.mark.parametrize(
    ("count", "size", "status"),
    [
        (4097, 100_000, UpdateStatus.PAYLOAD_TOO_LARGE),
        (2**32 - 1, 2**32 - 1, UpdateStatus.PAYLOAD_TOO_LARGE),
        (1, 64_000_001, UpdateStatus.PAYLOAD_TOO_LARGE),
        (0, 0, UpdateStatus.INVALID_UPDATE),
        (5, 4, UpdateStatus.INVALID_UPDATE),
    ],
)
def test_announcements_beyond_the_limits_are_refused(
    make_port: Callable[[], Any], count: int, size: int, status: UpdateStatus
) -> None:
    _, other = joined(make_port)
    answer, *rest = answers(
        other.session.receive(FragmentHeader(Crdt.LORO, ROOM, BATCH, count, size))
    )
    assert answer == ack(status)
    assert len(rest) == (status is UpdateStatus.PAYLOAD_TOO_LARGE)


def test_many_announcements_together_are_limited(make_port: Callable[[], Any]) -> None:
    _, other = joined(make_port)
    answer: list[Frame] = []
    for number in range(3):
        header = FragmentHeader(Crdt.LORO, ROOM, bytes([number] * 8), 100, 30_000_000)
        answer += answers(other.session.receive(header))
    assert answer[0] == ack(UpdateStatus.PAYLOAD_TOO_LARGE, b"\x02" * 8)


@pytest.mark.parametrize(
    "fragments",
    [
        [(5, b"abcd")],
        [(0, b"abcdefgh!")],
        [(0, b"abcd"), (0, b"abce")],
        [(0, b"abc"), (1, b"efgh")],
    ],
    ids=["index", "size", "contradiction", "short"],
)
def test_fragments_that_do_not_fit_their_header_are_refused(
    make_port: Callable[[], Any], fragments: list[tuple[int, bytes]]
) -> None:
    _, other = joined(make_port)
    other.session.receive(FragmentHeader(Crdt.LORO, ROOM, BATCH, 2, 8))
    answer: list[Frame] = []
    for index, data in fragments:
        answer += answers(other.session.receive(Fragment(Crdt.LORO, ROOM, BATCH, index, data)))
    assert answer == [ack(UpdateStatus.INVALID_UPDATE)]
    assert other.session.receive(Fragment(Crdt.LORO, ROOM, BATCH, 1, b"efgh")) == []


def test_a_batch_that_takes_too_long_is_dropped_and_sent_again(
    make_port: Callable[[], Any],
) -> None:
    clock = Clock()
    one, other = joined(make_port, clock=clock)
    one.push(one.port.put("big", "x" * 500_000))
    one.sent.pop()
    carry(one, other)
    clock.now += 9.9
    assert other.session.tick() == []
    clock.now += 0.2
    other.sent += other.session.tick()
    assert [frame.status for frame in answers(other.sent) if isinstance(frame, Ack)] == [
        UpdateStatus.FRAGMENT_TIMEOUT
    ]
    carry(one, other)
    assert other.port.values == {"big": 500_000}
    assert one.session.pending == 0


def test_a_slow_batch_is_kept_while_its_fragments_keep_coming(
    make_port: Callable[[], Any],
) -> None:
    clock = Clock()
    one, other = joined(make_port, clock=clock)
    one.push(one.port.put("big", "x" * 900_000))
    for data in one.sent:
        clock.now += 9
        assert other.session.tick() == []
        other.sent += other.session.receive(decode(data))
    assert other.port.values == {"big": 900_000}


def test_a_document_cannot_grow_beyond_its_limit(make_port: Callable[[], Any]) -> None:
    class Sized(make_port):  # type: ignore[misc]
        def size(self) -> int:
            return len(self.updates_since(b""))

    for receiver in (make_port(), Sized()):
        one, other = joined(make_port, None, receiver, limits=Limits(document=5000))
        for number in range(8):
            one.push(one.port.put(str(number), "x" * 1000))
            carry(one, other)
        assert len(receiver.updates_since(b"")) < 5000
        assert one.session.state is other.session.state is State.CLOSED
        assert "5000 are allowed" in str(one.events[-1])


def test_a_peer_without_acks_gets_everything_at_once_and_is_not_waited_for(
    make_port: Callable[[], Any],
) -> None:
    other = side(make_port(), Role.RECEIVER)
    other.session.receive(JoinRequest(Crdt.LORO, ROOM, b"opaque", b""))
    for number in range(100):
        other.push(other.port.insert(str(number)))
    assert len(other.sent) == 100
    assert other.session.pending == 0

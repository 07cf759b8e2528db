from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import loro
import pytest

from peerplan_jupyter.errors import ForbiddenError, NotFoundError, StorageError
from peerplan_jupyter.plan.trial import trial_import
from peerplan_jupyter.sync.codec import decode
from peerplan_jupyter.sync.events import Closed, Event, Imported, Joined, Refused, Role, State
from peerplan_jupyter.sync.frames import (
    Ack,
    Crdt,
    DocUpdate,
    Fragment,
    FragmentHeader,
    Frame,
    JoinError,
    JoinErrorCode,
    JoinRequest,
    JoinResponseOk,
    Leave,
    RoomError,
    RoomErrorCode,
    UpdateStatus,
)
from peerplan_jupyter.sync.introduction import Introduction, Terms
from peerplan_jupyter.sync.limits import Limits
from peerplan_jupyter.sync.session import NO_VERSION, Session

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


def test_one_join_brings_to_each_side_what_it_lacks(make_port: Callable[[], Any]) -> None:
    left, right = make_port(), make_port()
    left.insert("left ")
    right.insert("right ")
    one, other = joined(make_port, left, right)
    assert left.content == right.content
    assert sorted(left.content.split()) == ["left", "right"]
    assert one.session.pending == other.session.pending == 0
    assert [type(event) for event in one.events] == [Joined, Imported]


def test_peers_with_equal_documents_send_nothing_but_the_join(make_port: Callable[[], Any]) -> None:
    left, right = make_port(), make_port()
    right.import_updates(left.insert("same"))
    one, other = side(left, Role.REQUESTER), side(right, Role.RECEIVER)
    one.sent += one.session.start()
    assert [type(frame) for frame in carry(one, other)] == [JoinRequest, JoinResponseOk]


def test_changes_travel_both_ways_and_are_acknowledged(make_port: Callable[[], Any]) -> None:
    one, other = joined(make_port)
    one.push(one.port.insert("a"))
    other.push(other.port.insert("b"))
    assert one.session.pending == other.session.pending == 1
    log = carry(one, other)
    assert one.port.content == other.port.content
    assert [frame.status for frame in log if isinstance(frame, Ack)] == [UpdateStatus.OK] * 2
    assert one.session.pending == other.session.pending == 0


def test_a_large_update_travels_in_fragments_in_any_order(make_port: Callable[[], Any]) -> None:
    one, other = joined(make_port)
    text = "".join(random.Random(1).choices("abcdefghij ", k=900_000))
    one.push(one.port.put("big", text))
    header, *fragments = one.sent
    assert len(fragments) == 4
    assert max(map(len, one.sent)) < 256 * 1024
    one.sent = [header, *reversed(fragments), fragments[0]]
    log = carry(one, other)
    assert other.port.values == {"big": 900_000}
    assert other.port.imports == 1
    assert next(frame.batch for frame in log if isinstance(frame, Ack)) == decode(header).batch
    assert one.session.pending == 0


def test_a_fragment_that_comes_twice_counts_once(make_port: Callable[[], Any]) -> None:
    one, other = joined(make_port)
    one.push(one.port.put("big", "x" * 500_000))
    header, first, second, third = one.sent
    one.sent = [header, first, first, second, second]
    carry(one, other)
    assert other.port.values == {}
    one.sent = [third]
    carry(one, other)
    assert other.port.values == {"big": 500_000}


def test_changes_that_gather_while_batches_wait_go_together(make_port: Callable[[], Any]) -> None:
    one, other = joined(make_port, limits=Limits(window=2))
    for number in range(50):
        one.push(one.port.insert(f"{number} "))
    assert len(one.sent) == 2
    assert one.session.pending == 50
    log = carry(one, other)
    assert sum(isinstance(frame, DocUpdate) for frame in log) == 3
    assert other.port.content == one.port.content
    assert one.session.pending == 0


def test_what_was_not_acknowledged_is_counted_and_arrives_after_the_next_join(
    make_port: Callable[[], Any],
) -> None:
    one, other = joined(make_port)
    one.push(one.port.insert("lost "))
    one.sent.clear()
    one.session.disconnected()
    one.push(one.port.insert("offline "))
    assert (one.session.pending, one.sent) == (2, [])
    again = side(other.port, Role.RECEIVER)
    one.sent += one.session.start()
    carry(one, again)
    assert other.port.content == one.port.content == "offline lost "
    assert one.session.pending == 0


def test_an_unknown_or_empty_version_means_everything(make_port: Callable[[], Any]) -> None:
    for version in (b"", NO_VERSION, b"\xff\xff nonsense"):
        other = side(make_port(), Role.RECEIVER)
        other.port.insert("all of it")
        out = answers(other.session.receive(JoinRequest(Crdt.LORO, ROOM, b"", version)))
        assert isinstance(out[1], DocUpdate)
        copy = make_port()
        copy.import_updates(out[1].updates[0])
        assert copy.content == "all of it"


def test_a_requester_whose_version_is_refused_asks_once_more_without_one(
    make_port: Callable[[], Any],
) -> None:
    one = side(make_port(), Role.REQUESTER)
    one.port.insert("x")
    one.session.start()
    refusal = JoinError(Crdt.LORO, ROOM, JoinErrorCode.VERSION_UNKNOWN, "?", b"")
    [again] = answers(one.session.receive(refusal))
    assert isinstance(again, JoinRequest)
    assert again.version == NO_VERSION
    assert one.session.receive(refusal) == []
    assert one.events == [Closed("The room refused: ?", fault=False, refused=True)]


def test_an_ack_comes_only_after_the_port_made_the_change_durable(
    make_port: Callable[[], Any],
) -> None:
    class FullDisk(make_port):  # type: ignore[misc]
        def import_updates(self, _: bytes) -> bool:
            raise StorageError("The disk is full.")

    source = make_port()
    clock = Clock()
    one, other = joined(make_port, source, FullDisk(), clock=clock)
    one.push(source.insert("a"))
    log = carry(one, other)
    assert [frame.status for frame in log if isinstance(frame, Ack)] == [UpdateStatus.UNKNOWN]
    assert one.session.pending == 1
    clock.now += 2
    one.sent += one.session.tick()
    assert isinstance(decode(one.sent[0]), DocUpdate)
    carry(one, other)
    for _ in range(5):
        clock.now += 20
        one.sent += one.session.tick()
        carry(one, other)
    assert one.events[-1] == Refused(UpdateStatus.UNKNOWN, 1)


def test_a_reader_gets_changes_and_cannot_make_any(make_port: Callable[[], Any]) -> None:
    one, other = joined(make_port, admit=lambda _room, _who: "read")
    assert one.session.permission == "read"
    assert one.session.push(one.port.insert("mine")) == []
    assert one.session.pending == 1
    [answer] = answers(other.session.receive(update(BATCH, one.port.updates_since(b""))))
    assert answer == ack(UpdateStatus.PERMISSION_DENIED)
    assert other.port.content == ""
    assert other.session.state is State.JOINED


def test_nothing_is_taken_before_the_join(make_port: Callable[[], Any]) -> None:
    other = side(make_port(), Role.RECEIVER)
    blob = make_port().insert("x")
    [answer] = answers(other.session.receive(update(BATCH, blob)))
    assert answer == ack(UpdateStatus.PERMISSION_DENIED)
    [answer] = answers(other.session.receive(FragmentHeader(Crdt.LORO, ROOM, BATCH, 1, 1)))
    assert answer == ack(UpdateStatus.PERMISSION_DENIED)
    assert other.port.imports == 0


@pytest.mark.parametrize(
    ("error", "code", "app_code"),
    [
        (ForbiddenError("Not you."), JoinErrorCode.AUTH_FAILED, None),
        (NotFoundError("No such plan."), JoinErrorCode.APP_ERROR, "not_found"),
    ],
)
def test_who_is_not_admitted_learns_why(
    make_port: Callable[[], Any], error: Exception, code: JoinErrorCode, app_code: str | None
) -> None:
    def admit(_room: str, _who: Introduction) -> Any:
        raise error

    one, other = side(make_port(), Role.REQUESTER), side(make_port(), Role.RECEIVER, admit=admit)
    one.sent += one.session.start()
    answer = carry(one, other)[-1]
    assert answer == JoinError(Crdt.LORO, ROOM, code, str(error), app_code=app_code)
    assert one.events == [Closed(f"The room refused: {error}", fault=False, refused=True)]
    assert one.session.state is other.session.state is State.CLOSED


def test_both_sides_are_asked_about_the_identity_of_the_other(
    make_port: Callable[[], Any],
) -> None:
    seen = []

    def admit(room: str, who: Introduction) -> Any:
        seen.append((room, who.identity, who.peer, who.token))
        return "write"

    asks = Introduction({"name": "Ada"}, peer="p1", token="secret")
    one = side(make_port(), Role.REQUESTER, admit=admit, introduction=asks)
    answers_ = Introduction({"name": "Server"}, peer="p2")
    other = side(make_port(), Role.RECEIVER, admit=admit, introduction=answers_)
    one.sent += one.session.start()
    carry(one, other)
    assert seen == [(ROOM, {"name": "Ada"}, "p1", "secret"), (ROOM, {"name": "Server"}, "p2", "")]


def test_a_server_that_is_not_trusted_is_left(make_port: Callable[[], Any]) -> None:
    def admit(_room: str, _who: Introduction) -> Any:
        raise ForbiddenError("That is not the server I know.")

    one, other = side(make_port(), Role.REQUESTER, admit=admit), side(make_port(), Role.RECEIVER)
    one.sent += one.session.start()
    assert isinstance(carry(one, other)[-1], Leave)
    assert one.events == [Closed("That is not the server I know.", fault=True)]


@pytest.mark.parametrize("auth", [b"", b"opaque", b"[1]", b'{"identity": 3}', b"[" * 9000])
def test_an_introduction_that_is_not_ours_says_nothing(auth: bytes) -> None:
    assert Introduction.decode(auth) == Introduction(acks=False, raw=auth)


def test_snapshots_are_refused_before_loro_sees_them(make_port: Callable[[], Any]) -> None:
    one, other = joined(make_port)
    one.port.insert("x")
    snapshot = one.port.doc.export(loro.ExportMode.Snapshot())
    for _ in range(2):
        [answer] = answers(other.session.receive(update(BATCH, snapshot)))
        assert answer == ack(UpdateStatus.INVALID_UPDATE)
    [answer, error] = answers(other.session.receive(update(BATCH, snapshot)))
    assert answer == ack(UpdateStatus.INVALID_UPDATE)
    assert isinstance(error, RoomError)
    assert error.code is RoomErrorCode.EVICTED
    assert other.port.imports == 0
    assert isinstance(other.events[-1], Closed)
    assert other.events[-1].fault


def test_damaged_updates_are_refused_and_the_session_goes_on(make_port: Callable[[], Any]) -> None:
    one, other = joined(make_port)
    blob = bytearray(one.port.insert("x"))
    blob[-1] ^= 0xFF
    [answer] = answers(other.session.receive(update(BATCH, bytes(blob))))
    assert answer == ack(UpdateStatus.INVALID_UPDATE)
    [answer] = answers(other.session.receive(update(BATCH, one.port.updates_since(b""))))
    assert answer == ack(UpdateStatus.OK)
    assert other.port.content == "x"


def test_what_was_good_in_a_batch_is_told_even_if_the_rest_was_not(
    make_port: Callable[[], Any],
) -> None:
    one, other = joined(make_port)
    good = one.port.insert("x")
    other.session.receive(update(BATCH, good, b"rubbish"))
    assert other.port.content == "x"
    assert other.events[-1] == Imported(NO_VERSION, (good,))


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


def test_a_room_error_ends_the_session_and_a_suggested_rejoin_joins_again(
    make_port: Callable[[], Any],
) -> None:
    one, _ = joined(make_port)
    [again] = answers(
        one.session.receive(RoomError(Crdt.LORO, ROOM, RoomErrorCode.REJOIN_SUGGESTED, ""))
    )
    assert isinstance(again, JoinRequest)
    one.session.receive(RoomError(Crdt.LORO, ROOM, RoomErrorCode.EVICTED, "quota"))
    assert one.events[-1] == Closed("The other peer ended it: quota", fault=False, refused=True)
    assert one.session.push(one.port.insert("x")) == []


def test_messages_from_the_wrong_side_end_the_session(make_port: Callable[[], Any]) -> None:
    one, other = joined(make_port)
    [error] = answers(one.session.receive(JoinRequest(Crdt.LORO, ROOM, b"", b"")))
    assert isinstance(error, RoomError)
    [error] = answers(other.session.receive(JoinResponseOk(Crdt.LORO, ROOM, "write", b"")))
    assert isinstance(error, RoomError)
    assert one.session.state is other.session.state is State.CLOSED


def test_leaving_tells_the_other_side(make_port: Callable[[], Any]) -> None:
    one, other = joined(make_port)
    one.sent += one.session.leave()
    carry(one, other)
    assert other.events[-1] == Closed("The other peer left the room.", fault=False)
    assert one.session.leave() == []


def test_two_peers_stay_equal_over_random_edits_losses_and_reconnects(
    make_port: Callable[[], Any],
) -> None:
    chance = random.Random(3)
    one, other = joined(make_port)
    for round_ in range(300):
        for peer in (one, other):
            if chance.random() < 0.6:
                at = chance.randint(0, len(peer.port.content))
                peer.push(peer.port.insert(f"{round_},", at))
        if chance.random() < 0.5:
            carry(one, other)
        if chance.random() < 0.1:
            one.sent, other.sent = [], []
            one.session.disconnected()
            other = side(other.port, Role.RECEIVER)
            if chance.random() < 0.5:
                one.push(one.port.insert("offline,"))
            one.sent += one.session.start()
    carry(one, other)
    assert one.port.content == other.port.content
    assert one.session.pending == other.session.pending == 0


@pytest.fixture
def aborting_update() -> bytes:
    """An update with a valid checksum that makes Loro 1.17.1 abort the process."""
    path = Path(__file__).parents[3] / "shared/fixtures/loro_update_that_aborts.bin"
    if not path.exists():
        pytest.skip(f"The update that aborts Loro is not at {path.parent.name}/{path.name}")
    return path.read_bytes()


def test_an_update_that_aborts_loro_does_not_reach_it_from_who_may_not_write(
    make_port: Callable[[], Any], aborting_update: bytes
) -> None:
    class Untouchable(make_port):  # type: ignore[misc]
        def import_updates(self, _: bytes) -> bool:
            raise AssertionError("Loro would have seen the update.")

    stranger = side(Untouchable(), Role.RECEIVER)
    _, reader = joined(make_port, None, Untouchable(), admit=lambda _room, _who: "read")
    for other in (stranger, reader):
        [answer] = answers(other.session.receive(update(BATCH, aborting_update)))
        assert answer == ack(UpdateStatus.PERMISSION_DENIED)


def test_an_update_that_aborts_loro_is_refused_where_updates_are_tried_first(
    make_port: Callable[[], Any], aborting_update: bytes
) -> None:
    class Careful(make_port):  # type: ignore[misc]
        def import_updates(self, blob: bytes) -> bool:
            trial_import(blob, self.updates_since(b""))
            return bool(super().import_updates(blob))

    one, other = joined(make_port, None, Careful())
    [answer] = answers(other.session.receive(update(BATCH, aborting_update)))
    assert answer == ack(UpdateStatus.INVALID_UPDATE)
    one.push(one.port.insert("still here"))
    carry(one, other)
    assert other.port.content == "still here"

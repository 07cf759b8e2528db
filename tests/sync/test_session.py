from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import loro
import pytest

from peerplan_jupyter.errors import ForbiddenError, NotFoundError, StorageError
from peerplan_jupyter.plan.trial import trial_import
from peerplan_jupyter.sync.codec import decode
from peerplan_jupyter.sync.events import Closed, Imported, Joined, Role, State
from peerplan_jupyter.sync.frames import (
    Ack,
    Crdt,
    DocUpdate,
    FragmentHeader,
    JoinError,
    JoinErrorCode,
    JoinRequest,
    JoinResponseOk,
    Leave,
    RoomError,
    RoomErrorCode,
    UpdateStatus,
)
from peerplan_jupyter.sync.introduction import Introduction
from peerplan_jupyter.sync.limits import Limits
from peerplan_jupyter.sync.session import NO_VERSION

from .pairs import BATCH, ROOM, Clock, ack, answers, carry, joined, side, update


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
        full = True

        def import_updates(self, blob: bytes) -> bool:
            if self.full:
                raise StorageError("The disk is full.")
            return bool(super().import_updates(blob))

    disk, clock = FullDisk(), Clock()
    one, other = joined(make_port, receiver=disk, clock=clock)
    one.push(one.port.insert("a"))
    for _ in range(30):
        log = carry(one, other)
        assert [frame.status for frame in log if isinstance(frame, Ack)] == [UpdateStatus.UNKNOWN]
        assert one.session.pending == 1
        clock.now += 60
        one.sent += one.session.tick()
    disk.full = False
    carry(one, other)
    assert (one.session.pending, disk.content) == (0, "a")


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


def test_who_leaves_sends_first_what_waited(make_port: Callable[[], Any]) -> None:
    one, other = joined(make_port, limits=Limits(window=2))
    for number in range(50):
        one.push(one.port.insert(f"{number} "))
    one.sent += one.session.leave()
    carry(one, other)
    assert other.port.content == one.port.content
    assert other.events[-1] == Closed("The other peer left the room.", left=True)


def test_leaving_tells_the_other_side(make_port: Callable[[], Any]) -> None:
    one, other = joined(make_port)
    one.sent += one.session.leave()
    carry(one, other)
    assert other.events[-1] == Closed("The other peer left the room.", left=True)
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
    return (Path(__file__).parents[1] / "support" / "update_that_aborts_loro.bin").read_bytes()


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

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from peerplan_jupyter.errors import TooLargeError
from peerplan_jupyter.sync.codec import decode
from peerplan_jupyter.sync.deflated import DEFLATE, deflated, inflated, inflated_size, is_deflated
from peerplan_jupyter.sync.events import Closed, Role, State
from peerplan_jupyter.sync.frames import FragmentHeader, UpdateStatus
from peerplan_jupyter.sync.introduction import Introduction
from peerplan_jupyter.sync.limits import Limits

from .pairs import Side, ack, answers, carry, joined, side, update

TAKES = {"introduction": Introduction(features=(DEFLATE, "what comes later"))}
SMALL = Limits(fragment=15_000, fragments=8192)


def words(size: int) -> str:
    """Text of so many characters, of which a third is not to be foreseen."""
    return "".join(f"{at * at * 2654435761 % 2**32:07x} words again " for at in range(size // 20))[
        :size
    ]


def packed(data: bytes) -> bytes:
    work = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return work.compress(data) + work.flush()


def claimed(size: int, data: bytes) -> bytes:
    """What says to be a deflated update of that size, and is these bytes."""
    return b"defl" + size.to_bytes(4) + data


def announced(one: Side) -> int:
    """Bytes of the long update that is to be sent."""
    [head] = [frame for frame in map(decode, one.sent) if isinstance(frame, FragmentHeader)]
    return head.size


def test_a_long_update_goes_deflated_to_a_peer_that_takes_it_so(
    make_port: Callable[[], Any],
) -> None:
    one, other = joined(make_port, limits=SMALL, **TAKES)
    told = one.port.put("long", words(2_000_000))
    one.push(told)
    one.push(one.port.put("short", "x"))
    assert announced(one) < len(told) / 2
    carry(one, other)
    assert other.port.values == {"long": 2_000_000, "short": 1}
    assert one.session.pending == 0


def test_who_joins_gets_all_of_it_deflated(make_port: Callable[[], Any]) -> None:
    one = side(make_port(), Role.REQUESTER, limits=SMALL, **TAKES)
    other = side(make_port(), Role.RECEIVER, limits=SMALL, **TAKES)
    told = other.port.put("long", words(500_000))
    one.sent += one.session.start()
    other.sent += other.session.receive(decode(one.sent.pop()))
    assert announced(other) < len(told) / 2
    carry(one, other)
    assert one.port.values == other.port.values


def test_a_peer_that_does_not_say_so_gets_it_as_it_is(make_port: Callable[[], Any]) -> None:
    one = side(make_port(), Role.REQUESTER, limits=SMALL, **TAKES)
    other = side(make_port(), Role.RECEIVER, limits=SMALL)
    one.sent += one.session.start()
    carry(one, other)
    told = one.port.put("long", words(100_000))
    one.push(told)
    assert announced(one) == len(told)
    carry(one, other)
    assert other.port.values == one.port.values


def test_an_update_that_only_looks_smaller_than_it_is_ends_the_link_and_is_not_inflated(
    make_port: Callable[[], Any],
) -> None:
    _, other = joined(make_port, **TAKES)
    bomb = packed(bytes(50_000_000))
    # Who inflates that far fails in another way.
    bomb = bomb[: len(bomb) // 2] + b"\xff" * 1000
    answer, *rest = answers(other.session.receive(update(b"\1" * 8, claimed(1000, bomb))))
    assert answer == ack(UpdateStatus.PAYLOAD_TOO_LARGE)
    assert len(rest) == 1
    told = "A deflated update has more than the 1000 bytes that it says."
    assert other.events[-1] == Closed(told, fault=True)
    assert other.port.values == {}


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(update=5000), "An update of 5001 bytes; 5000 are allowed."),
        (Limits(document=5000), "The document would have 5001 bytes; 5000 are allowed."),
    ],
)
def test_an_update_that_is_larger_than_a_limit_when_inflated_ends_the_link(
    make_port: Callable[[], Any], limits: Limits, told: str
) -> None:
    _, other = joined(make_port, limits=limits, **TAKES)
    # It is not looked into: these bytes are deflated from nothing.
    answer, *_ = answers(other.session.receive(update(b"\1" * 8, claimed(5001, b"\xff" * 9))))
    assert answer == ack(UpdateStatus.PAYLOAD_TOO_LARGE)
    assert other.events[-1] == Closed(told, fault=True)


_whole = packed(b"words " * 1000)
BROKEN = {
    "garbage": claimed(6000, b"\xff" * 100),
    "cut off": claimed(6000, _whole[:-4]),
    "shorter than it says": claimed(6001, _whole),
    "followed by more": claimed(6000, _whole + b"\1\2\3"),
    "no update": claimed(6000, _whole),
    "deflated twice": claimed(len(claimed(6000, _whole)), packed(claimed(6000, _whole))),
}


@pytest.mark.parametrize("what", BROKEN)
def test_deflated_bytes_that_are_no_update_are_refused(
    make_port: Callable[[], Any], what: str
) -> None:
    _, other = joined(make_port, **TAKES)
    for _ in range(2):
        answer = answers(other.session.receive(update(b"\1" * 8, BROKEN[what])))
        assert answer == [ack(UpdateStatus.INVALID_UPDATE)]
    other.session.receive(update(b"\1" * 8, BROKEN[what]))
    assert other.session.state is State.CLOSED


def test_who_did_not_say_so_takes_no_deflated_update(make_port: Callable[[], Any]) -> None:
    one, other = joined(make_port)
    blob = deflated(one.port.put("long", words(50_000)))
    assert is_deflated(blob)
    answer = answers(other.session.receive(update(b"\1" * 8, blob)))
    assert answer == [ack(UpdateStatus.INVALID_UPDATE)]


def test_any_length_comes_back_as_it_was_and_noise_stays_as_it_is() -> None:
    text = b"as people write it, again and again " * 200_000
    for size in (200, 4096, 65_536, 65_537, 7_000_000):
        blob = deflated(text[:size])
        assert is_deflated(blob)
        assert inflated_size(blob) == size
        assert inflated(blob) == text[:size]
    noise = os.urandom(60_000)
    assert deflated(noise) is noise
    with pytest.raises(TooLargeError):
        inflated(claimed(10, packed(b"x" * 11)))


def test_an_introduction_says_what_a_peer_can_do_and_what_is_no_word_is_left_out() -> None:
    said = Introduction(peer="p", features=("a", "b"))
    assert Introduction.decode(said.encode()).features == ("a", "b")
    for raw, features in (
        (b'{"features":"deflate"}', ()),
        (b'{"features":[1,null,"a",["b"]]}', ("a",)),
        (b"{}", ()),
    ):
        assert Introduction.decode(raw).features == features

from __future__ import annotations

import time
from collections.abc import Callable

import loro
import pytest

from peerplan_jupyter.errors import (
    ForbiddenError,
    InvalidInputError,
    ProtocolError,
    TooLargeError,
)
from peerplan_jupyter.sync.limits import Limits
from peerplan_jupyter.sync.presence import THROTTLE, Presence


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_what_one_peer_says_another_hears() -> None:
    one, other = Presence(), Presence()
    assert other.apply(one.say("p1", {"name": "Ada", "focus": None}))
    assert other.states() == {"p1": {"name": "Ada", "focus": None}}
    late = Presence()
    assert late.apply(other.encode_all())
    assert late.states() == other.states()


def test_hearing_the_same_again_changes_nothing() -> None:
    one, other = Presence(), Presence()
    said = one.say("p1", {"n": 1})
    assert other.apply(said)
    assert not other.apply(said)
    assert one.say("p1", {"n": 1}) == b""


def test_words_that_follow_quickly_wait_and_the_last_one_wins() -> None:
    one, other = Presence(), Presence()
    other.apply(one.say("p1", 0))
    assert [one.say("p1", number) for number in range(1, 5)] == [b""] * 4
    assert one.waiting
    said: list[bytes] = []
    until(lambda: bool(said.extend(one.tick())) or bool(said))
    for blob in said:
        other.apply(blob)
    assert other.states() == {"p1": 4}
    assert not one.waiting


def test_a_peer_that_leaves_is_forgotten_at_once() -> None:
    one, other = Presence(), Presence()
    other.apply(one.say("p1", 1))
    started = time.monotonic()
    until(lambda: time.monotonic() - started > THROTTLE)
    assert other.apply(one.silence("p1"))
    assert other.states() == {}
    assert one.silence("p1") == b""
    assert one.silence("stranger") == b""


def test_what_is_not_said_again_is_forgotten_and_the_own_is_said_again() -> None:
    one, other = Presence(lifetime=0.3), Presence(lifetime=0.3)
    other.apply(one.say("p1", "here"))
    other.say("p2", "me")

    def only_own() -> bool:
        other.tick()
        return other.states() == {"p2": "me"}

    until(only_own)
    said: list[bytes] = []
    until(lambda: bool(said.extend(one.tick())) or bool(said))
    assert other.apply(said[0])
    assert other.states() == {"p1": "here", "p2": "me"}


def test_the_own_key_is_not_left_to_others() -> None:
    one, thief = Presence(), loro.EphemeralStore(30_000)
    one.say("p1", "mine")
    started = time.monotonic()
    until(lambda: time.monotonic() - started > THROTTLE)
    thief.set("p1", "theirs")
    one.apply(thief.encode_all())
    until(lambda: bool(one.tick()))
    assert one.states() == {"p1": "mine"}


def test_own_words_have_to_be_small_json() -> None:
    one = Presence()
    with pytest.raises(TooLargeError, match="4096 are allowed"):
        one.say("p1", "x" * 5000)
    with pytest.raises(InvalidInputError, match="has to be JSON"):
        one.say("p1", {1, 2})
    assert one.states() == {}


def hostile(*, keys: int = 1, value: object = 1) -> bytes:
    store = loro.EphemeralStore(30_000)
    for number in range(keys):
        store.set(f"key{number}", value)
    return store.encode_all()


def test_nothing_is_kept_of_what_is_beyond_the_limits() -> None:
    one = Presence()
    with pytest.raises(TooLargeError):
        one.apply(hostile(value="x" * 5000))
    with pytest.raises(TooLargeError):
        one.apply(b"x" * (Limits().presence + 1))
    with pytest.raises(ForbiddenError):
        one.apply(hostile(keys=201))
    assert one.states() == {}


def test_a_full_room_still_hears_those_who_are_in_it() -> None:
    one = Presence(limits=Limits(presence_peers=2))
    member = Presence()
    one.apply(member.say("member", 1))
    one.say("me", 1)
    with pytest.raises(ForbiddenError):
        one.apply(hostile())
    member.say("member", 2)
    until(lambda: bool(member.tick()))
    assert one.apply(member.encode_all())
    assert one.states() == {"me": 1, "member": 2}


def nested(opening: bytes, depth: int) -> bytes:
    """A well-formed blob (postcard) whose only value is nested that deep."""
    number, stamp = 2 * int(time.time() * 1000), bytearray()
    while number >= 0x80:
        stamp.append(number & 0x7F | 0x80)
        number >>= 7
    return b"\x01\x01k\x01" + opening * depth + b"\x00" + bytes(stamp) + bytes((number,))


@pytest.mark.parametrize("opening", [b"\x05\x01", b"\x06\x01\x01a"], ids=["lists", "maps"])
def test_values_nested_beyond_reason_are_refused(opening: bytes) -> None:
    one = Presence()
    assert one.apply(nested(opening, 100))
    for depth in (1000, 5000, 30_000):
        with pytest.raises(ProtocolError):
            one.apply(nested(opening, depth))


def test_values_that_are_not_json_are_refused() -> None:
    with pytest.raises(ProtocolError, match="has to be JSON"):
        Presence().apply(hostile(value=b"bytes"))


@pytest.mark.parametrize(
    "blob",
    [b"", b"\xff" * 40, b"\x01\x01k\x01\x05", b"\xff\xff\xff\xff\x0f"],
    ids=["empty", "noise", "short", "claims"],
)
def test_bytes_that_are_not_presence_are_refused(blob: bytes) -> None:
    one = Presence()
    with pytest.raises(ProtocolError):
        one.apply(blob)
    assert one.states() == {}

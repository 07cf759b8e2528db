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
from peerplan_jupyter.sync.encryption import EncryptedPresence
from peerplan_jupyter.sync.limits import Limits
from peerplan_jupyter.sync.presence import THROTTLE, Presence

DAY = 24 * 3600


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def moment() -> None:
    """A word may be said again."""
    started = time.monotonic()
    until(lambda: time.monotonic() - started > THROTTLE)


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
    now = 0.0
    one, other = Presence(clock=lambda: now), Presence()
    other.apply(one.say("p1", 0))
    assert [one.say("p1", number) for number in range(1, 5)] == [b""] * 4
    assert one.waiting
    moment()
    now = 2 * THROTTLE
    said: list[bytes] = []
    until(lambda: bool(said.extend(one.tick())) or bool(said))
    for blob in said:
        other.apply(blob)
    assert other.states() == {"p1": 4}
    assert not one.waiting


def test_a_peer_that_leaves_is_forgotten_at_once() -> None:
    one, other = Presence(), Presence()
    other.apply(one.say("p1", 1))
    moment()
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


def at(seconds: float, said: bytes) -> bytes:
    """What a peer said whose clock is that far off; its time comes last, as a varint."""
    stamp = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(said[-6:]))
    return said[:-6] + varint(stamp + int(seconds * 1000) * 2)


def varint(number: int) -> bytes:
    """A number as postcard writes it; of times the double, for odd numbers are negative."""
    low, rest = number & 0x7F, number >> 7
    return bytes((low | 0x80,)) + varint(rest) if rest else bytes((low,))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("days", [-300, -1, 1, 300])
def test_a_clock_that_is_days_off_hides_nobody_and_who_is_silent_is_forgotten(days: int) -> None:
    clock, one = Clock(), Presence()
    other = Presence(lifetime=30, clock=clock)
    said = at(days * DAY, one.say("p1", {"name": "Zoë", "far": -2.5}))
    assert other.apply(said)
    clock.now += 29
    other.tick()
    assert other.states().keys() == {"p1"}
    assert not other.apply(said)
    clock.now += 2
    other.tick()
    assert other.states() == {}
    assert not Presence().apply(other.encode_all())
    assert not other.apply(said)


def test_who_says_the_same_again_in_time_stays() -> None:
    one_clock, other_clock = Clock(), Clock()
    one, other = Presence(clock=one_clock), Presence(clock=other_clock)
    assert other.apply(at(-DAY, one.say("p1", "here")))
    for _ in range(4):
        moment()
        one_clock.now += 20
        other_clock.now += 20
        other.apply(at(-DAY, one.tick()[0]))
        other.tick()
        assert other.states() == {"p1": "here"}


def test_who_says_the_same_again_stays_with_those_who_hear_it_from_another() -> None:
    clock = Clock()
    one, between, far = (Presence(clock=clock) for _ in range(3))
    said = at(-DAY, one.say("p1", "here"))
    for _ in range(5):
        assert between.apply(said)
        assert far.apply(said)
        moment()
        clock.now += 20
        for each in (between, far):
            each.tick()
            assert each.states() == {"p1": "here"}
        said = at(-DAY, one.again()[0])


def test_the_same_again_is_passed_on_seldom() -> None:
    clock = Clock()
    one, other = Presence(clock=clock), Presence(lifetime=30, clock=clock)
    assert other.apply(one.say("p1", "here"))
    passed = []
    for _ in range(60):
        moment()
        clock.now += 0.5
        passed.append(other.apply(one.again()[0]))
    assert sum(passed) == 6
    moment()
    clock.now += 0.5
    assert other.apply(one.say("p1", "elsewhere"))


@pytest.mark.parametrize("days", [-300, 300])
def test_a_clock_that_is_days_off_hides_nobody_who_speaks_under_seal(days: int) -> None:
    here, there = Presence(), Presence()
    one, other = (EncryptedPresence(who, bytes(32), "room", Limits()) for who in (here, there))
    said = one.outgoing(at(days * DAY, here.say("p1", "here")))
    assert other.import_updates(at(days * DAY, said))
    assert there.states() == {"p1": "here"}


@pytest.mark.parametrize("value", [None, True, -1, 2**40, -2.5, "é", [[], {}], {"a": [1, None]}])
@pytest.mark.parametrize("days", [-300, 0, 300])
def test_who_left_and_comes_again_is_seen_by_everybody(value: object, days: int) -> None:
    clock, here, there = Clock(), Presence(), Presence()
    one = Presence(clock=clock)
    said = at(days * DAY, one.say("p1", value))
    for other in (here, there):
        assert other.apply(said)
    assert there.apply(here.silence("p1"))
    for other in (here, there):
        assert other.states() == {}
        assert not other.apply(said)
    moment()
    clock.now += 1
    again = at(days * DAY, one.again()[0])
    for other in (here, there):
        assert other.apply(again)
        assert other.states() == {"p1": value}


def test_what_is_kept_of_those_who_come_and_go_is_bounded() -> None:
    clock = Clock()
    one = Presence(lifetime=30, clock=clock)
    one.say("me", 1)
    alone = len(one.encode_all())
    for number in range(500):
        assert one.apply(at(number * 3600, Presence().say(f"p{number}", number)))
        if number % 2:
            one.silence(f"p{number}")
        clock.now += 10
        one.tick()
        assert len(one.states()) <= 4
        assert len(one.encode_all()) < 400
    for _ in range(2):
        clock.now += 30
        one.tick()
    assert len(one.encode_all()) == alone


@pytest.mark.parametrize("stamp", [0, 1, 2**63 - 1, 2**64 - 2, 2**64 - 1])
def test_who_says_an_impossible_time_is_forgotten_all_the_same(stamp: int) -> None:
    clock = Clock()
    one = Presence(clock=clock)
    one.apply(b"\x01\x01k\x01\x00" + varint(stamp))  # which may be too old to be heard
    clock.now += 31
    one.tick()
    assert one.states() == {}
    one.silence("k")


def test_the_own_key_is_not_left_to_others() -> None:
    one, thief = Presence(), loro.EphemeralStore(30_000)
    one.say("p1", "mine")
    moment()
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
    stamp = 2 * int(time.time() * 1000)
    return b"\x01\x01k\x01" + opening * depth + b"\x00" + varint(stamp)


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

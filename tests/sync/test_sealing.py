from __future__ import annotations

import base64
import json
import os
import random

import pytest

from peerplan_jupyter.errors import ProtocolError
from peerplan_jupyter.sync.sealing import Direction, seal, unseal

from ..vectors.__main__ import FOLDER

VECTORS = json.loads((FOLDER / "sealing.json").read_text("utf-8"))


def raw(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def named(cases):
    return [pytest.param(case, id=case.get("name", "")) for case in cases]


@pytest.mark.parametrize("case", VECTORS["sealed"])
def test_what_was_sealed_is_opened(case):
    assert unseal(raw(case["key"]), raw(case["sealed"]), case["aad"].encode()) == raw(case["data"])


@pytest.mark.parametrize("case", named(VECTORS["broken"]))
def test_what_was_changed_is_not_opened(case):
    with pytest.raises(ProtocolError):
        unseal(raw(case["key"]), raw(case["sealed"]), case["aad"].encode())


def test_every_sealing_has_an_iv_of_its_own():
    key = os.urandom(32)
    assert len({seal(key, b"same", b"room")[:12] for _ in range(100)}) == 100


def test_frames_are_sealed_and_opened_in_their_order():
    sender, receiver = (Direction(raw(VECTORS["direction"]["key"])) for _ in range(2))
    for one in VECTORS["direction"]["frames"]:
        assert sender.seal(raw(one["data"])) == raw(one["frame"])
        assert receiver.unseal(raw(one["frame"])) == raw(one["data"])


@pytest.mark.parametrize("case", named(VECTORS["disorder"]))
def test_frames_that_are_not_next_are_not_opened(case):
    receiver = Direction(raw(case["key"]))
    *before, last = map(raw, case["frames"])
    for frame in before:
        receiver.unseal(frame)
    with pytest.raises(ProtocolError):
        receiver.unseal(last)


def test_100_000_changed_frames_are_refused_and_never_break_anything():
    chance, key = random.Random(9), os.urandom(32)
    sealed, frame = seal(key, b"words", b"room"), Direction(key).seal(b"words")
    receiver = Direction(key)
    for _ in range(50_000):
        for whole, take in ((sealed, lambda data: unseal(key, data, b"room")),
                            (frame, receiver.unseal)):  # fmt: skip
            blob = bytearray(whole)
            blob[chance.randrange(len(blob))] ^= 1 << chance.randrange(8)
            cut = chance.randrange(len(blob) * 4)
            with pytest.raises(ProtocolError):
                take(bytes(blob[:cut]))

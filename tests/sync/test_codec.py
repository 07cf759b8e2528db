from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerplan_jupyter.errors import ProtocolError
from peerplan_jupyter.sync.codec import MAX_FRAME, MAX_ROOM, decode, encode
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

VECTORS = Path(__file__).parents[3] / "shared/fixtures/loro_protocol_vectors.snap"
ROOM = "room-1234"

EXAMPLES: list[Frame] = [
    JoinRequest(Crdt.LORO, ROOM, b"\x0a\x14\x1e", b"(2<"),
    JoinRequest(Crdt.EPHEMERAL, "", b"", b""),
    JoinResponseOk(Crdt.YJS, ROOM, "read", b"\x0b\x16\x21", b""),
    JoinResponseOk(Crdt.LORO, "ä" * 64, "write", b"\x00", b"\x01" * 300),
    JoinError(Crdt.LORO, ROOM, JoinErrorCode.UNKNOWN, "why 🙂"),
    JoinError(Crdt.LORO, ROOM, JoinErrorCode.VERSION_UNKNOWN, "?", receiver_version=b"cd"),
    JoinError(Crdt.LORO, ROOM, JoinErrorCode.VERSION_UNKNOWN, "?"),
    JoinError(Crdt.EPHEMERAL, ROOM, JoinErrorCode.AUTH_FAILED, "no"),
    JoinError(Crdt.YJS, ROOM, JoinErrorCode.APP_ERROR, "full", app_code="quota_exceeded"),
    DocUpdate(Crdt.LORO, ROOM, (b"\x01\x02\x03", b"", b"\x05" * 200), b"\x01\x02\x03\x04abcd"),
    DocUpdate(Crdt.ELO, ROOM, (), b"\x00" * 8),
    FragmentHeader(Crdt.FLOCK, ROOM, b"\xff" * 8, 10, 8000),
    FragmentHeader(Crdt.LORO, ROOM, b"\xff" * 8, 2**32 - 1, 2**32 - 1),
    Fragment(Crdt.EPHEMERAL_PERSISTED, ROOM, b"\x00" * 8, 3, bytes(range(200))),
    Fragment(Crdt.LORO, ROOM, b"\x00" * 8, 3, b"\x07" * 240 * 1024),
    RoomError(Crdt.YJS_AWARENESS, ROOM, RoomErrorCode.EVICTED, "evicted"),
    RoomError(Crdt.LORO, ROOM, RoomErrorCode.REJOIN_SUGGESTED, ""),
    RoomError(Crdt.LORO, ROOM, RoomErrorCode.UNKNOWN, ""),
    Leave(Crdt.LORO, ROOM),
    *(Ack(Crdt.LORO, ROOM, b"\x01\x02\x03\x04\x05\x06\x07\x08", status) for status in UpdateStatus),
]


TYPES = [
    JoinRequest,
    JoinResponseOk,
    JoinError,
    DocUpdate,
    FragmentHeader,
    Fragment,
    RoomError,
    Leave,
    Ack,
]
NAMES = {
    **{(kind, "room"): "roomId" for kind in TYPES},
    **{(kind, "batch"): "batchId" for kind in TYPES},
    (Ack, "batch"): "refId",
    (JoinError, "receiver_version"): "receiverVersion",
    (JoinError, "app_code"): "appCode",
    (FragmentHeader, "count"): "fragmentCount",
    (FragmentHeader, "size"): "totalSizeBytes",
    (Fragment, "data"): "fragment",
}


def snapshots() -> list[Any]:
    if not VECTORS.exists():
        reason = f"The upstream vectors are not at {VECTORS.parent.name}/{VECTORS.name}."
        return [pytest.param("", id="absent", marks=pytest.mark.skip(reason=reason))]
    found = re.findall(r"snapshots > (.+?) 1`\] = `\"0x([0-9a-f]+)\"`", VECTORS.read_text())
    return [pytest.param(data, id=name.replace(" ", "-")) for name, data in found]


def as_reference(frame: Frame) -> dict[str, Any]:
    """The object by which the npm package describes `frame`, bytes as {"hex": ...}."""
    message = {"crdt": frame.crdt.value.decode(), "type": TYPES.index(type(frame))}
    for field in fields(frame)[1:]:
        value = getattr(frame, field.name)
        if value is not None:
            message[NAMES.get((type(frame), field.name), field.name)] = plain(field.name, value)
    return message


def plain(name: str, value: Any) -> Any:
    if name == "batch":
        return "0x" + value.hex()
    if isinstance(value, tuple):
        return [wrap(item) for item in value]
    return wrap(value) if isinstance(value, bytes) else value


def wrap(data: bytes) -> dict[str, str]:
    return {"hex": data.hex()}


@pytest.mark.parametrize("vector", snapshots())
def test_the_upstream_vectors_decode_and_encode_to_the_same_bytes(vector: str) -> None:
    assert encode(decode(bytes.fromhex(vector))).hex() == vector


def test_all_upstream_vectors_were_found() -> None:
    if VECTORS.exists():
        assert len(snapshots()) == 13


@pytest.mark.parametrize("frame", EXAMPLES, ids=lambda frame: type(frame).__name__)
def test_a_frame_survives_encoding(frame: Frame) -> None:
    assert decode(encode(frame)) == frame


@pytest.mark.parametrize("frame", EXAMPLES, ids=lambda frame: type(frame).__name__)
def test_the_npm_package_reads_our_bytes_as_the_same_fields_and_writes_them_again(
    frame: Frame, reference_codec: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    ours = encode(frame)
    answer = reference_codec({"decode": ours.hex()})
    assert answer == {"message": as_reference(frame), "encoded": ours.hex()}


@pytest.mark.parametrize("frame", EXAMPLES, ids=lambda frame: type(frame).__name__)
def test_we_read_what_the_npm_package_writes(
    frame: Frame, reference_codec: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    answer = reference_codec({"encode": as_reference(frame)})
    assert decode(bytes.fromhex(answer["encoded"])) == frame


def test_what_we_accept_of_damaged_frames_the_npm_package_reads_the_same_way(
    reference_codec: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    chance = random.Random(7)
    small = [encode(frame) for frame in EXAMPLES if len(encode(frame)) < 600]
    refused = 0
    for _ in range(1500):
        data = mutated(chance.choice(small), chance)
        answer = reference_codec({"decode": data.hex()})
        try:
            ours = encode(decode(data))
        except ProtocolError:
            refused += 1
            continue
        assert answer.get("encoded") == ours.hex(), data.hex()
    assert 0 < refused < 1500


def mutated(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(out)) if out else 0
        match chance.randrange(4):
            case 0 if out:
                out[at] = chance.randrange(256)
            case 1:
                out.insert(at, chance.randrange(256))
            case 2:
                del out[at : at + chance.randint(1, 8)]
            case _:
                out.extend(chance.randbytes(3))
    return bytes(out)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
blobs = st.binary(max_size=400)
batches = st.binary(min_size=8, max_size=8)
numbers = st.integers(0, 2**32 - 1)
head = (st.sampled_from(Crdt), texts)
frames = st.one_of(
    st.builds(JoinRequest, *head, blobs, blobs),
    st.builds(JoinResponseOk, *head, st.sampled_from(["read", "write"]), blobs, blobs),
    st.builds(JoinError, *head, st.just(JoinErrorCode.AUTH_FAILED), texts),
    st.builds(JoinError, *head, st.just(JoinErrorCode.VERSION_UNKNOWN), texts, blobs),
    st.builds(DocUpdate, *head, st.lists(blobs, max_size=5).map(tuple), batches),
    st.builds(FragmentHeader, *head, batches, numbers, numbers),
    st.builds(Fragment, *head, batches, numbers, blobs),
    st.builds(RoomError, *head, st.sampled_from(RoomErrorCode), texts),
    st.builds(Leave, *head),
    st.builds(Ack, *head, batches, st.sampled_from(UpdateStatus)),
)


@given(frames)
def test_every_frame_survives_encoding(frame: Frame) -> None:
    assert decode(encode(frame)) == frame


@given(frames, st.randoms(use_true_random=False))
def test_mutated_frames_raise_nothing_but_protocol_errors(
    frame: Frame, chance: random.Random
) -> None:
    for _ in range(20):
        with suppress(ProtocolError):
            decode(mutated(encode(frame), chance))


@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_protocol_errors(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(data)
    with suppress(ProtocolError):
        decode(b"%LOR" + data)


def test_a_claim_of_four_billion_updates_is_refused_before_anything_is_allocated() -> None:
    with pytest.raises(ProtocolError, match="4294967295 updates do not fit"):
        decode(b"%LOR\x01r\x03\xff\xff\xff\xff\x0f")


def test_names_and_frames_beyond_their_limits_are_refused_on_both_sides() -> None:
    with pytest.raises(ProtocolError, match=f"{MAX_ROOM} are allowed"):
        encode(Leave(Crdt.LORO, "r" * (MAX_ROOM + 1)))
    with pytest.raises(ProtocolError, match=f"{MAX_ROOM} are allowed"):
        decode(b"%LOR\x81\x01" + b"r" * 129 + b"\x07")
    with pytest.raises(ProtocolError, match=f"{MAX_FRAME} are allowed"):
        encode(DocUpdate(Crdt.LORO, ROOM, (bytes(MAX_FRAME),), bytes(8)))
    with pytest.raises(ProtocolError, match=f"{MAX_FRAME} are allowed"):
        decode(bytes(MAX_FRAME + 1))


def test_unknown_codes_become_the_unknown_of_their_kind() -> None:
    assert decode(b"%LOR\x01r\x08" + bytes(8) + b"\x55") == Ack(
        Crdt.LORO, "r", bytes(8), UpdateStatus.UNKNOWN
    )
    assert decode(b"%LOR\x01r\x06\x55\x00") == RoomError(Crdt.LORO, "r", RoomErrorCode.UNKNOWN, "")
    assert decode(b"%LOR\x01r\x02\x55\x00") == JoinError(Crdt.LORO, "r", JoinErrorCode.UNKNOWN, "")


def test_an_unknown_kind_of_room_is_named_in_the_error() -> None:
    with pytest.raises(ProtocolError, match="%NEW"):
        decode(b"%NEW\x01r\x07")

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

import loro
import pytest
from websockets.asyncio.client import connect

from peerplan_jupyter.errors import ProtocolError
from peerplan_jupyter.sync.codec import decode, encode
from peerplan_jupyter.sync.elo import Span, contained, records_of, sealed_record
from peerplan_jupyter.sync.encryption import (
    KEY_ID,
    EncryptedDocument,
    EncryptedPresence,
    EncryptedRoom,
)
from peerplan_jupyter.sync.fields import var_bytes
from peerplan_jupyter.sync.frames import Crdt, JoinError, JoinRequest
from peerplan_jupyter.sync.keys import unb64u
from peerplan_jupyter.sync.limits import Limits
from peerplan_jupyter.sync.presence import Presence

from ..vectors.__main__ import FOLDER
from .blind import ROOM, linked

VECTORS = json.loads((FOLDER / "encryption.json").read_text("utf-8"))
PRESENCE = json.loads((FOLDER / "presence.json").read_text("utf-8"))
KEY = bytes(range(32))


def raw(text: str) -> bytes:
    return unb64u(text, len(text) * 3 // 4)


@pytest.fixture
def pair(make_port: Callable[[], Any]) -> tuple[EncryptedDocument, EncryptedDocument]:
    """Two documents behind the same key."""
    return EncryptedDocument(make_port(), KEY), EncryptedDocument(make_port(), KEY)


@pytest.mark.parametrize("case", VECTORS["containers"])
def test_records_are_sealed_and_opened_as_the_vectors_say(case: Any) -> None:
    found = list(records_of(raw(case["container"])))
    made = []
    for one, told in zip(found, case["records"], strict=True):
        span = Span(raw(told["peer"]), told["start"], told["end"])
        plain, iv = raw(told["plaintext"]), raw(told["iv"])
        assert (one.span, one.key_id, one.open(KEY)) == (span, case["keyId"], plain)
        made.append(sealed_record(KEY, case["keyId"], span, plain, iv))
    assert contained(made) == raw(case["container"])


@pytest.mark.parametrize("case", VECTORS["broken"], ids=[one["name"] for one in VECTORS["broken"]])
def test_what_was_changed_is_not_opened(case: Any) -> None:
    with pytest.raises(ProtocolError):
        [one.open(KEY) for one in records_of(raw(case["container"]))]


def test_a_document_comes_whole_through_containers(pair: Any) -> None:
    one, other = pair
    one._document.insert("first ")
    assert other.import_updates(one.updates_since(b""))
    assert not other.import_updates(one.updates_since(b""))
    update = one._document.insert("second ")
    assert other.import_updates(one.outgoing(update))
    assert other._document.content == "second first "
    assert one.updates_since(other.version()) == b""


def test_records_may_come_in_an_order_in_which_they_wait_for_each_other(
    pair: Any, make_port: Any
) -> None:
    one, other = pair
    third = make_port()
    for turn in range(4):
        one._document.insert(f"one {turn} ")
        third.import_updates(one._document.updates_since(third.version()))
        third.insert(f"third {turn} ")
        one._document.import_updates(third.updates_since(one.version()))
    found = list(records_of(one.updates_since(b"")))
    assert len(found) == 2
    backwards = [one.header + var_bytes(one.ciphertext) for one in reversed(found)]
    assert other.import_updates(contained(backwards))
    assert other._document.content == one._document.content


def test_snapshots_and_records_of_other_keys_are_left_alone(pair: Any, make_port: Any) -> None:
    _, other = pair
    stranger = EncryptedDocument(make_port(), bytes(32))
    rotated = EncryptedDocument(make_port(), KEY, "v2")
    for each in (stranger, rotated):
        each._document.insert("x")
        assert not other.import_updates(each.updates_since(b""))
    assert other.unread == 2
    source = make_port()
    source.insert("x")
    snapshot = source.doc.export(loro.ExportMode.Snapshot())
    record = sealed_record(KEY, KEY_ID, Span(b"7", 0, 1), snapshot)
    assert not other.import_updates(contained([record]))
    assert (other.unread, other._document.content) == (3, "")


def test_20_000_changed_containers_never_break_anything(pair: Any) -> None:
    one, other = pair
    one._document.insert("words")
    whole, chance = one.updates_since(b""), random.Random(3)
    for _ in range(20_000):
        blob = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            blob[chance.randrange(len(blob))] = chance.randrange(256)
        if bytes(blob) == whole:
            continue
        try:
            assert not other.import_updates(bytes(blob[: chance.randrange(1, len(blob) + 1)]))
        except ProtocolError:
            continue
    assert other._document.content == ""


def ear() -> tuple[Presence, EncryptedPresence]:
    """Who hears what the vectors say."""
    presence = Presence()
    key = raw(PRESENCE["key"])
    return presence, EncryptedPresence(presence, key, PRESENCE["room"], Limits())


def named(kind: str) -> Any:
    cases = PRESENCE[kind]
    return pytest.mark.parametrize("case", cases, ids=[one["name"] for one in cases])


@named("heard")
def test_what_was_said_is_heard_as_the_vectors_say(case: Any) -> None:
    presence, sealed = ear()
    assert sealed.import_updates(raw(case["blob"]))
    assert presence.states() == case["states"]


@named("unheard")
def test_what_is_not_sealed_for_the_room_and_the_peer_is_left_alone(case: Any) -> None:
    presence, sealed = ear()
    assert not sealed.import_updates(raw(case["blob"]))
    assert presence.states() == {}


@named("broken")
def test_what_is_no_presence_is_refused(case: Any) -> None:
    _, sealed = ear()
    with pytest.raises(ProtocolError):
        sealed.import_updates(raw(case["blob"]))


def test_presence_is_sealed_for_its_room_and_its_peer() -> None:
    limits = Limits()
    one, other = Presence(), Presence()
    sealed = EncryptedPresence(one, KEY, "room", limits)
    said = sealed.outgoing(one.say("p1", {"at": 1}))
    assert not EncryptedPresence(other, KEY, "another room", limits).import_updates(said)
    assert not EncryptedPresence(other, bytes(32), "room", limits).import_updates(said)
    assert EncryptedPresence(other, KEY, "room", limits).import_updates(said)
    assert other.states() == {"p1": {"at": 1}}
    store = loro.EphemeralStore(30_000)
    store.apply(said)
    store.set("p2", store.get("p1"))
    moved = store.encode("p2")
    third = Presence()
    assert not EncryptedPresence(third, KEY, "room", limits).import_updates(moved)
    assert third.states() == {}


def test_20_000_changed_words_of_presence_never_break_anything() -> None:
    one, other = Presence(), Presence()
    whole = EncryptedPresence(one, KEY, "room", Limits()).outgoing(one.say("p1", {"at": 1}))
    ear, chance = EncryptedPresence(other, KEY, "room", Limits()), random.Random(5)
    for _ in range(20_000):
        blob = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            blob[chance.randrange(len(blob))] = chance.randrange(256)
        try:
            ear.import_updates(bytes(blob))
        except ProtocolError:
            continue
    assert set(other.states()) <= {"p1"}


def test_a_room_with_a_key_is_served_to_those_who_have_it_and_not_in_the_open(
    make_port: Callable[[], Any], serve: Any, eventually: Any
) -> None:
    async def run() -> None:
        room = EncryptedRoom(ROOM, make_port(), key=KEY)
        document: Any = room.document
        document.insert("ours ")
        room.show(room.presence.say("p1", {"at": "step 1"}))
        async with serve(room) as server, linked(server.browser_url) as (other, _):
            await eventually(lambda: other.document.content == "ours ")
            await eventually(lambda: other.presence.states() == {"p1": {"at": "step 1"}})
            other.publish(other.document.insert("theirs "))
            await eventually(lambda: document.content == "theirs ours ")
            other.show(other.presence.say("p2", {"at": "step 2"}))
            await eventually(lambda: len(room.presence.states()) == 2)
            async with linked(server.browser_url) as (late, _):
                await eventually(lambda: late.presence.states() == room.presence.states())
                late.show(late.presence.say("p3", {"at": "step 3"}))
                await eventually(lambda: len(other.presence.states()) == 3)
                late.show(late.presence.silence("p3"))
                await eventually(lambda: len(other.presence.states()) == 2)
            async with connect(server.browser_url) as stranger:
                await stranger.send(encode(JoinRequest(Crdt.LORO, ROOM, b"", b"\0")))
                assert isinstance(decode(bytes(await stranger.recv(decode=False))), JoinError)
                await stranger.send(encode(JoinRequest(Crdt.EPHEMERAL, ROOM, b"", b"")))
                heard = [await stranger.recv(decode=False) for _ in range(2)]
            assert b"p1" in heard[1]
            assert b"step" not in heard[1]

    asyncio.run(run())

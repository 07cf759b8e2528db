from __future__ import annotations

import json
import random

import pytest

from peerplan_jupyter.errors import ForbiddenError, PeerPlanError, ProtocolError
from peerplan_jupyter.plan.schema import Actor
from peerplan_jupyter.sync.handshake import Handshake, HandshakeState, Ticket
from peerplan_jupyter.sync.invitation import Invitation, RoomSecret
from peerplan_jupyter.sync.keys import b64u, unb64u

from ..vectors import people
from ..vectors.__main__ import FOLDER
from ..vectors.handshakes import carried, member, raw

VECTORS = json.loads((FOLDER / "handshake.json").read_text("utf-8"))
DONE, REFUSED = HandshakeState.DONE, HandshakeState.REFUSED


def side(told, other, binding, now, **more):
    """A handshake as the vectors describe its side."""
    invited = told["invitation"] and Invitation.parse(told["invitation"], told["plan"], now - 99)
    secret = RoomSecret(told["owner"], unb64u(told["salt"], 16), unb64u(told["roomKey"], 32))
    key = people.Ed25519PrivateKey.from_private_bytes(unb64u(told["key"], 32))
    ticket = Ticket(secret, told["plan"], Actor(**told["actor"]), key, invited)
    ephemeral = people.X25519PrivateKey.from_private_bytes(unb64u(told["ephemeral"], 32))
    fresh = people.Fresh(unb64u(told["nonce"], 16), ephemeral)
    binding = unb64u(binding, len(binding) * 3 // 4)
    return Handshake(ticket, told["peer"], other, binding, clock=lambda: now, fresh=fresh, **more)


def both(one, other, binding=b""):
    """Two sides of a link, after they said everything to each other."""
    ones = people.handshake(one, "b", "a", binding)
    others = people.handshake(other, "a", "b", binding)
    carried(ones, others)
    return ones, others


@pytest.mark.parametrize("case", VECTORS["links"], ids=lambda case: case["name"])
def test_two_peers_come_to_know_each_other_as_the_vectors_say(case):
    told, now, binding = case["sides"], case["now"], case["binding"]
    ones = side(told[0], told[1]["peer"], binding, now)
    others = side(told[1], told[0]["peer"], binding, now)
    assert carried(ones, others) == case["messages"]
    assert ones.state is others.state is DONE
    assert [member(others), member(ones)] == case["members"]
    for sender, receiver, frame in zip((ones, others), (others, ones), case["frames"], strict=True):
        sealed = sender.directions[0].seal(b"ping")
        assert b64u(sealed) == frame
        assert receiver.directions[1].unseal(sealed) == b"ping"


@pytest.mark.parametrize(
    "case", VECTORS["refused"], ids=[one["name"] for one in VECTORS["refused"]]
)
def test_who_is_not_what_they_say_is_refused(case):
    told = case["side"]
    revoked = case["revoked"].__contains__
    mine = side(told, case["other"], case["binding"], case["now"], revoked=revoked)
    mine.start()
    *before, last = case["messages"]
    for message in before:
        mine.receive(raw(message))
        assert mine.state is not REFUSED
    [answer] = mine.receive(raw(last))
    assert mine.state is REFUSED
    assert mine.member is None
    assert json.loads(answer) == {
        "type": "refused",
        "code": case["code"],
        "message": mine.error.message,
        **({"identity": case["identity"]} if case["identity"] else {}),
    }


@pytest.mark.parametrize("case", VECTORS["heard"], ids=[one["name"] for one in VECTORS["heard"]])
def test_a_refusal_is_the_owners_only_where_the_owner_signed_it(case):
    mine = side(case["side"], case["other"], case["binding"], case["now"])
    mine.start()
    for message in case["messages"]:
        mine.receive(raw(message))
    assert mine.state is REFUSED
    assert mine.error.data.get("by", "") == case["by"]


def test_each_side_knows_the_role_of_the_other():
    ones, others = both(people.ticket("olga"), people.ticket("rita", people.invitation()))
    assert (others.member.role, others.member.identity.name) == ("owner", "Olga")
    assert (ones.member.role, ones.member.identity.name) == ("reviewer", "Rita")


def test_the_owner_is_the_owner_even_by_an_invitation():
    invited = people.invitation("viewer")
    _, others = both(people.ticket("olga", invited), people.ticket("rita", people.invitation()))
    assert others.member.role == "owner"


def test_nobody_is_a_member_before_both_said_welcome():
    ones = people.handshake(people.ticket("olga"), "b", "a")
    others = people.handshake(people.ticket("rita", people.invitation()), "a", "b")
    [hello], [greeting] = ones.start(), others.start()
    [proof], [shown] = ones.receive(greeting), others.receive(hello)
    [_], [welcome] = ones.receive(shown), others.receive(proof)
    assert ones.member is None
    assert ones.receive(welcome) == []
    assert ones.member.role == "reviewer"


def test_rooms_with_other_keys_do_not_meet():
    other = people.room("olga", "other room")
    stranger = people.ticket("rita", people.invitation(secret=other))
    ones, others = both(people.ticket("olga"), stranger)
    assert ones.state is others.state is REFUSED
    assert ones.error.data["reason"] == "unauthorized"


def test_the_other_side_hears_why_it_is_refused():
    expired = people.ticket("rita", people.invitation(expires=people.NOW))
    ones, others = both(people.ticket("olga"), expired)
    assert ones.error.data["reason"] == others.error.data["reason"] == "expired"
    assert isinstance(others.error, ForbiddenError)
    assert "new invitation" in others.error.hint


def test_different_fingerprints_at_the_two_ends_are_a_stranger_between_them():
    ones = people.handshake(people.ticket("olga"), "b", "a", b"one")
    others = people.handshake(people.ticket("rita", people.invitation()), "a", "b", b"two")
    carried(ones, others)
    assert ones.state is others.state is REFUSED


def test_what_comes_after_the_end_or_before_the_beginning_is_an_error():
    ones, _ = both(people.ticket("olga"), people.ticket("rita", people.invitation()))
    for handshake in (ones, people.handshake(people.ticket("olga"), "b", "a")):
        with pytest.raises(ProtocolError):
            handshake.receive('{"type":"welcome"}')


def mutated(chance, texts):
    """One of the texts, changed as bytes, as JSON text, or by a field."""
    source = chance.choice(texts)
    kind = chance.randrange(4)
    if kind == 0:
        made = json.loads(source)
        where = made
        while isinstance(where, dict) and where:
            key = chance.choice(sorted(where))
            if not isinstance(where[key], dict) or chance.random() < 0.3:
                where[key] = chance.choice(
                    [None, 0, -1, 2**70, 1e300, "", "x" * 50, [], {}, True, "\ud800", [[]] * 9]
                )
                break
            where = where[key]
        return json.dumps(made)
    letters = list(source)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(letters))
        if kind == 1:
            letters[at] = chr(chance.choice([0, 34, 92, 93, 123, 125, 0xD800, 0x1F642]))
        elif kind == 2:
            letters[at] = chr(chance.randrange(32, 127))
        else:
            del letters[at : at + chance.randrange(1, 30)]
            letters = letters or ["["]
    return "".join(letters)


def test_100_000_changed_messages_are_refused_and_never_break_anything():
    chance = random.Random(7)
    rita = people.ticket("rita", people.invitation())
    ones = people.handshake(people.ticket("olga"), "b", "a")
    texts = [json.dumps(one) for one in carried(ones, people.handshake(rita, "a", "b"))[1]]
    mine = people.handshake(people.ticket("olga"), "b", "a")
    for _ in range(100_000):
        state = chance.choice([HandshakeState.HELLO, HandshakeState.PROOF, HandshakeState.WELCOME])
        mine.state, mine.member = state, None
        mine._theirs = ones._theirs
        try:
            mine.receive(mutated(chance, texts))
        except PeerPlanError as error:
            pytest.fail(f"{error}")
        assert mine.member is None or state is HandshakeState.WELCOME

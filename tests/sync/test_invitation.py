from __future__ import annotations

import json
import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peerplan_jupyter.errors import ForbiddenError, InvalidInputError, PeerPlanError
from peerplan_jupyter.store.url import parse_plan_url
from peerplan_jupyter.sync.invitation import MAX_FRAGMENT, Invitation, RoomSecret, issue
from peerplan_jupyter.sync.keys import b64u, did_of

from ..vectors.__main__ import FOLDER

VECTORS = json.loads((FOLDER / "invitations.json").read_text("utf-8"))


@pytest.fixture
def owner():
    """An owner's key, and a new room of theirs."""
    key = Ed25519PrivateKey.generate()
    return key, RoomSecret.new(did_of(key))


@pytest.mark.parametrize("case", VECTORS["links"])
def test_a_link_says_what_the_owner_granted(case):
    made = Invitation.parse(case["url"], now=case["now"])
    assert made.id == case["id"]
    assert made.grant.model_dump() == case["grant"]
    assert (b64u(made.secret.key), b64u(made.seed)) == (case["key"], case["seed"])
    assert (list(made.servers), list(made.ice)) == (case["servers"], case["ice"])
    assert made.fragment() == case["fragment"]
    assert made == Invitation.parse(made.fragment(), case["grant"]["plan"], case["now"])


@pytest.mark.parametrize(
    "case", VECTORS["refused"], ids=[one["name"] for one in VECTORS["refused"]]
)
def test_a_wrong_link_is_refused_with_its_reason(case):
    with pytest.raises((InvalidInputError, ForbiddenError)) as caught:
        Invitation.parse(case["text"], case["plan"], case["now"])
    assert caught.value.data["reason"] == case["reason"]
    assert isinstance(caught.value, ForbiddenError) == (case["reason"] == "expired")


def test_an_issued_invitation_opens_the_plan_that_its_link_names(owner):
    key, room = owner
    made = issue(key, room, "sessions", "reviewer", servers=["wss://rooms.example.org/room"])
    link = f"https://ada.github.io/shop/plan?repo=ada/shop&plan=sessions#{made.fragment()}"
    assert Invitation.parse(link) == made
    assert parse_plan_url(link).invitation == made.fragment()


def test_only_the_owner_invites(owner):
    _, room = owner
    with pytest.raises(ForbiddenError, match="owner"):
        issue(Ed25519PrivateKey.generate(), room, "sessions", "viewer")


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "admin"},
        {"plan": "No Plan"},
        {"expires": -1},
        {"servers": ["https://example.org"]},
        {"servers": ["wss://a"] * 9},
        {"servers": [f"wss://a/{'x' * 300}"] * 8, "ice": [{"urls": "stun:" + "x" * 250}] * 3},
        {"ice": [{"urls": []}]},
        {"ice": ["stun:a"]},
        {"ice": [{"urls": "turn:a", "credential": "x" * 501}]},
    ],
)
def test_what_a_link_cannot_say_is_not_issued(owner, wrong):
    key, room = owner
    with pytest.raises(InvalidInputError):
        issue(key, room, **{"plan": "sessions", "role": "viewer", **wrong})


def test_a_link_cut_anywhere_is_refused(owner):
    key, room = owner
    servers = ["wss://rooms.example.org/room"]
    whole = issue(key, room, "sessions", "reviewer", 0, servers).fragment()
    for end in range(len(whole)):
        with pytest.raises(InvalidInputError):
            Invitation.parse(whole[:end], "sessions")


def test_a_link_with_any_character_changed_is_refused_or_means_the_same(owner):
    key, room = owner
    made = issue(key, room, "sessions", "reviewer")
    whole = made.fragment()
    for index in range(len(whole)):
        for other in ("A" if whole[index] != "A" else "B", "%", "&", "=", "\x00", "🙂"):
            try:
                read = Invitation.parse(whole[:index] + other + whole[index + 1 :], "sessions")
            except PeerPlanError:
                continue
            assert read == made


def test_a_hostile_link_is_refused_before_it_is_read():
    for text in ("#" + "x=%41&" * 200_000, "v=1&" * 250_000, "A" * 1_000_000, "#" * 1_000_000):
        with pytest.raises(InvalidInputError):
            Invitation.parse(text, "sessions")


def test_the_secrets_of_an_invitation_are_not_printed(owner):
    key, room = owner
    made = issue(key, room, "sessions", "reviewer", ice=[{"urls": "turn:a", "credential": "pass"}])
    told = repr(made)
    assert all(secret not in told for secret in (repr(room.key), repr(made.seed), "pass'"))
    assert len(made.fragment()) < MAX_FRAGMENT


def test_10_000_changed_links_are_refused_or_mean_the_same(owner):
    key, room = owner
    made = issue(key, room, "sessions", "reviewer", servers=["wss://rooms.example.org/room"])
    whole, chance = f"https://example.org/plan?plan=sessions#{made.fragment()}", random.Random(13)
    for _ in range(10_000):
        letters = list(whole)
        for _ in range(chance.randrange(1, 5)):
            at = chance.randrange(len(letters))
            letters[at : at + chance.randrange(3)] = chance.choice(
                ["", "&", "=", "%", "#", "A", "é"]
            )
        try:
            read = Invitation.parse("".join(letters))
        except PeerPlanError:
            continue
        assert (read.grant, read.secret) == (made.grant, made.secret)

"""`handshake.json`: links between two peers message by message, what must be refused, and who is
believed to have refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from peerplan_jupyter.sync.handshake import Handshake, Ticket
from peerplan_jupyter.sync.invitation import Invitation
from peerplan_jupyter.sync.keys import b64u

from .people import NOW, did, handshake, invitation, peer, room, seed, ticket

BINDING = seed("binding")
Messages: TypeAlias = list[Any]


def make() -> dict[str, Any]:
    links = {
        "an owner and a reviewer": (ticket("olga"), ticket("rita", invitation()), BINDING),
        "two guests over a relay": (
            ticket("rita", invitation()),
            ticket("bot", invitation("viewer", NOW + 60, name="for a bot")),
            b"",
        ),
        "a name in other letters": (
            ticket("olga"),
            renamed(ticket("vera", invitation("viewer")), 'Zoë 漢字 🙂 \u2028 "\\'),
            BINDING,
        ),
    }  # fmt: skip
    return {
        "links": [link(name, *sides) for name, sides in links.items()],
        "refused": [case for make_case in CASES for case in make_case()],
        "heard": refusals(),
    }


def renamed(one: Ticket, name: str) -> Ticket:
    return replace(one, actor=one.actor.model_copy(update={"name": name}))


def side(one: Ticket, label: str) -> dict[str, Any]:
    told: dict[str, Any] = {"peer": peer(label), "actor": one.actor.to_wire()}
    told |= {"key": b64u(one.key.private_bytes_raw()), "plan": one.plan}
    told |= {"nonce": b64u(seed(f"{label} nonce", 16)), "ephemeral": b64u(seed(f"{label} x25519"))}
    secret = one.secret
    told |= {"owner": secret.owner, "salt": b64u(secret.salt), "roomKey": b64u(secret.key)}
    return told | {"invitation": one.invitation.fragment() if one.invitation else None}


def link(name: str, one: Ticket, other: Ticket, binding: bytes) -> dict[str, Any]:
    """Everything that both say, and the first relayed frame of each direction."""
    ones, others = handshake(one, "b", "a", binding), handshake(other, "a", "b", binding)
    log = carried(ones, others)
    assert ones.member
    assert others.member
    assert ones.directions
    assert others.directions
    frames = [b64u(side.directions[0].seal(b"ping")) for side in (ones, others) if side.directions]
    return {
        "name": name,
        "binding": b64u(binding),
        "now": NOW,
        "sides": [side(one, "b"), side(other, "a")],
        "messages": log,
        "frames": frames,
        "members": [member(others), member(ones)],
    }


def member(side: Handshake) -> dict[str, Any]:
    who = side.member
    assert who
    told = {"peer": who.peer, "identity": who.identity.to_wire(), "role": who.role}
    return told | {"invitation": who.invitation, "expires": who.expires}


def carried(ones: Handshake, others: Handshake) -> list[Messages]:
    """What each side says, in order: hello, proof, welcome."""
    said: list[Messages] = [[], []]
    waiting = [ones.start(), others.start()]
    while any(waiting):
        fresh: list[list[str]] = [[], []]
        for index, target in ((0, others), (1, ones)):
            said[index] += [json.loads(text) for text in waiting[index]]
            fresh[1 - index] = [out for text in waiting[index] for out in target.receive(text)]
        waiting = fresh
    return said


def said_to(me: Ticket, other: Ticket, binding: bytes = BINDING, **more: Any) -> Messages:
    """What the honest peer "a" says to the peer "b" of `me`."""
    mine = handshake(me, "b", "a", BINDING)
    return carried(mine, handshake(other, "a", "b", binding, **more))[1]


def case(name: str, messages: Messages, code: str, **more: Any) -> dict[str, Any]:
    """`messages` come, and the last of them is refused with `code`, signed as `identity`."""
    me, revoked = more.pop("me", ticket("olga")), more.pop("revoked", [])
    told = {"name": name, "side": side(me, "b"), "other": peer("a"), "binding": b64u(BINDING)}
    told |= {"now": NOW, "revoked": revoked, "messages": messages, "code": code}
    mine = handshake(me, "b", "a", BINDING, revoked=revoked.__contains__)
    mine.start()
    *_, last = [text for message in messages for text in mine.receive(raw(message))]
    return told | {"identity": json.loads(last).get("identity")}


def raw(message: Any) -> str:
    """A message as it came; what is no JSON of one is under `raw`."""
    kept = message.get("raw") if isinstance(message, dict) else None
    return kept or json.dumps(message)


def edited(messages: Messages, index: int, **fields: Any) -> Messages:
    made = json.loads(json.dumps(messages[: index + 1]))
    for path, value in fields.items():
        *way, last = path.split("__")
        where = made[index]
        for step in way:
            where = where[step]
        where[last] = value
    return made


def strangers() -> list[dict[str, Any]]:
    rita = ticket("rita", invitation())
    honest = said_to(ticket("olga"), rita)
    viewer = said_to(ticket("olga"), ticket("vera", invitation("viewer")))
    as_owner = replace(ticket("rita"), actor=ticket("olga").actor)
    foreign = invitation(secret=room("olga", "other room"))
    elsewhere = invitation(plan="another-plan")
    expired, forged = invitation(expires=NOW), invitation(signer="rita")
    return [
        case("a viewer who says that it is the owner",
             edited(viewer, 0, grant=None), "unauthorized"),
        case("the owner's id without the key", hello_of(as_owner, 2), "unauthorized"),
        case("a viewer's grant with a higher role",
             edited(viewer, 0, grant__role="reviewer"), "unauthorized"),
        case("a grant with a later end", edited(honest, 0, grant__expires=NOW + 5), "unauthorized"),
        case("a grant of another room", hello_in(rita, foreign), "unauthorized"),
        case("a grant for another plan", hello_in(rita, elsewhere), "unauthorized"),
        case("a grant that somebody else signed", hello_in(rita, forged), "unauthorized"),
        case("a grant that has expired", hello_in(rita, expired), "expired"),
        case("a grant that was revoked", honest[:1], "revoked", revoked=[did("invitation")]),
        case("a grant of somebody else without its seed", stolen_grant(), "unauthorized"),
        case("an invitation's proof without an invitation",
             edited(said_to(rita, ticket("olga")), 1, invitation=honest[1]["invitation"]),
             "unauthorized", me=rita),
        case("an invitation without its proof", edited(honest, 1, invitation=None), "unauthorized"),
        case("an identity without its proof",
             edited(honest, 1, identity=honest[1]["invitation"]), "unauthorized"),
        case("proofs of another name", [edited(honest, 0, identity__name="Rudi")[0], honest[1]],
             "unauthorized"),
    ]  # fmt: skip


def hello_of(one: Ticket, count: int) -> Messages:
    """What a peer says that is not refused by whom it greets first."""
    mine = handshake(one, "a", "b", BINDING)
    theirs = handshake(ticket("olga"), "b", "a", BINDING)
    hello, answers = mine.start(), theirs.start()
    return [json.loads(text) for text in [*hello, *mine.receive(answers[0])]][:count]


def hello_in(one: Ticket, invited: Invitation) -> Messages:
    liar = replace(one, invitation=invited)
    return [json.loads(text) for text in handshake(liar, "a", "b", BINDING).start()]


def stolen_grant() -> Messages:
    """Zoe saw Rita's grant in a hello; the seed she has is another's."""
    rita = invitation()
    stolen = replace(rita, seed=seed("zoe's own"))
    return hello_of(replace(ticket("zoe"), invitation=stolen), 2)


def replays() -> list[dict[str, Any]]:
    rita = ticket("rita", invitation())
    old = said_to(ticket("olga"), rita, fresh="yesterday")
    earlier = handshake(ticket("olga"), "b", "a", BINDING, fresh="yesterday")
    answered = carried(earlier, handshake(rita, "a", "b", BINDING))[1]
    own = [json.loads(text) for text in handshake(ticket("olga"), "b", "a", BINDING).start()]
    honest = said_to(ticket("olga"), rita)
    return [
        case("a hello and proof of an earlier handshake", answered[:2], "unauthorized"),
        case("a proof to another hello", [honest[0], old[1]], "unauthorized"),
        case("our own hello", own, "unauthorized"),
        case("our own hello as another peer", edited(own, 0, peer=peer("a")), "unauthorized"),
        case("a hello of another peer", edited(honest, 0, peer=peer("c")), "unauthorized"),
        case("a link with other fingerprints",
             hello_of_binding(rita, seed("in the middle")), "unauthorized"),
        case("a direct link's proof without its binding", hello_of_binding(rita, b""),
             "unauthorized"),
        case("an ephemeral key of zeros", edited(honest, 0, ephemeral=b64u(bytes(32))),
             "unauthorized"),
    ]  # fmt: skip


def hello_of_binding(one: Ticket, binding: bytes) -> Messages:
    mine = handshake(one, "a", "b", binding)
    theirs = handshake(ticket("olga"), "b", "a", BINDING)
    hello, answers = mine.start(), theirs.start()
    return [json.loads(text) for text in [*hello, *mine.receive(answers[0])]]


def refusals() -> list[dict[str, Any]]:
    """What Rita hears, whose invitation was taken back, and whether it was the owner (`by`)."""
    rita, olga = ticket("rita", invitation()), ticket("olga")
    honest, old = refused_by(olga), refused_by(olga, fresh="yesterday")
    proof = said_to(rita, olga)[1]["identity"]
    told: dict[str, tuple[Messages, str]] = {
        "the owner": (honest, "owner"),
        "another guest": (refused_by(ticket("vera", invitation(name="vera's"))), ""),
        "another code than was signed": (edited(honest, 1, code="expired"), ""),
        "a refusal of an earlier handshake": ([honest[0], old[1]], ""),
        "a proof in place of a refusal": (edited(honest, 1, identity=proof), ""),
        "no signature": (edited(honest, 1, identity=None), ""),
        "a signature that is a number": (edited(honest, 1, identity=5), ""),
        "a refusal before any hello": (honest[1:], ""),
    }
    common = {"side": side(rita, "b"), "other": peer("a"), "binding": b64u(BINDING), "now": NOW}
    return [
        {"name": name, **common, "messages": messages, "by": by}
        for name, (messages, by) in told.items()
    ]


def refused_by(one: Ticket, **more: Any) -> Messages:
    """What a peer says to Rita who knows that her invitation was taken back."""
    revoked = [did("invitation")].__contains__
    return said_to(ticket("rita", invitation()), one, revoked=revoked, **more)


def rubbish() -> list[dict[str, Any]]:
    honest = said_to(ticket("olga"), ticket("rita", invitation()))
    hello = honest[0]
    without = {key: value for key, value in hello.items() if key != "nonce"}
    told: dict[str, Messages] = {
        "another version": edited(honest, 0, v=2),
        "a version that is no number": edited(honest, 0, v=True),
        "a field more": edited(honest, 0, more=1),
        "a field less": [without],
        "a grant with a field more": edited(honest, 0, grant__more=1),
        "an identity with a field more": edited(honest, 0, identity__more=1),
        "an identity that is no key": edited(honest, 0, identity__id="did:web:example.org"),
        "a name that is too long": edited(honest, 0, identity__name="x" * 101),
        "no name": edited(honest, 0, identity__name=""),
        "half a character as name": edited(honest, 0, identity__name="\ud800"),
        "a third kind": edited(honest, 0, identity__kind="cat"),
        "a peer that is no ULID": edited(honest, 0, peer="a"),
        "a nonce that is too short": edited(honest, 0, nonce="AAAA"),
        "an ephemeral key with padding": edited(honest, 0, ephemeral=hello["ephemeral"] + "="),
        "an end that is not whole": edited(honest, 0, grant__expires=0.5),
        "an end that is too great": edited(honest, 0, grant__expires=2**53),
        "a list": [[]],
        "null": [None],
        "no type": [{}],
        "a proof first": honest[1:2],
        "a welcome first": honest[2:],
        "a welcome instead of a proof": [hello, honest[2]],
        "a hello twice": [hello, hello],
        "a proof twice": [hello, honest[1], honest[1]],
        "not JSON": [{"raw": "{"}],
        "too long": [{"raw": json.dumps({"type": "x" * 16_384})}],
        "deep": [{"raw": "[" * 8000 + "]" * 8000}],
    }
    return [case(name, messages, "unsupported") for name, messages in told.items()]


CASES: tuple[Callable[[], list[dict[str, Any]]], ...] = (strangers, replays, rubbish)

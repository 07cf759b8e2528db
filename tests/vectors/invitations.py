"""`invitations.json`: rooms, links, and links that must be refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from peerplan_jupyter.sync.invitation import MAX_FRAGMENT, Invitation
from peerplan_jupyter.sync.keys import b64u

from .people import NOW, PLAN, URL, did, invitation, room, seed

ICE = {"urls": ["stun:stun.example.org", "turns:turn.example.org:443?transport=tcp"]}
TURN = {"urls": "turn:[2001:db8::1]:3478", "username": "ada", "credential": "a b+c/d=ü"}


def make() -> dict[str, Any]:
    return {
        "rooms": [of_room("olga", "room"), of_room("maia", "other room")],
        "links": [link(one) for one in links()],
        "refused": [refused(name, *case) for name, case in cases().items()],
    }


def of_room(owner: str, name: str) -> dict[str, str]:
    secret = room(owner, name)
    told = {"seed": b64u(seed(owner)), "owner": did(owner), "salt": b64u(secret.salt)}
    return told | {"key": b64u(secret.key), "room": secret.room}


def links() -> list[Invitation]:
    servers = ("wss://rooms.example.org/peerplan/room?a=1&b=2", "ws://[::1]:8888/room")
    return [
        invitation(),
        invitation("viewer", NOW + 1, name="for a day"),
        invitation("owner", servers=servers, ice=(ICE, TURN), plan="01M7XZ5Z4DZ59YY0J8AZFW84MH"),
    ]


def link(one: Invitation) -> dict[str, Any]:
    url = URL.replace(PLAN, one.grant.plan) + one.fragment()
    told: dict[str, Any] = {"url": url, "fragment": one.fragment(), "id": one.id}
    told |= {"grant": one.grant.model_dump(), "key": b64u(one.secret.key), "seed": b64u(one.seed)}
    return told | {"servers": list(one.servers), "ice": list(one.ice), "now": NOW}


def cases() -> dict[str, tuple[str, str, str]]:
    """By name: the link, the plan that is expected, and the reason of the refusal."""
    whole = invitation(servers=("wss://rooms.example.org",)).fragment()
    soon = invitation(expires=NOW).fragment()
    forged = invitation(signer="rita").fragment()
    moved = invitation(secret=room("olga", "other room"))
    with_other_key = whole.replace(b64u(room().key), b64u(room("olga", "other room").key))
    changed = {
        "nothing": ("", PLAN, "wrong"),
        "a plan's id": (PLAN, PLAN, "wrong"),
        "cut before the signature": (whole[: whole.index("&sig=")], PLAN, "truncated"),
        "cut in the signature": (whole[:-1], PLAN, "truncated"),
        "cut in the middle": (whole[: len(whole) // 2], PLAN, "truncated"),
        "another version": (whole.replace("v=1&", "v=2&"), PLAN, "unsupported"),
        "another role": (whole.replace("role=reviewer", "role=owner"), PLAN, "changed"),
        "no such role": (whole.replace("role=reviewer", "role=admin"), PLAN, "wrong"),
        "a later end": (soon.replace(f"expires={NOW}", f"expires={NOW + 9}"), PLAN, "changed"),
        "an end below zero": (whole.replace("expires=0", "expires=-1"), PLAN, "wrong"),
        "an end in another script": (whole.replace("expires=0", "expires=\u0660"), PLAN, "wrong"),
        "expired": (soon, PLAN, "expired"),
        "another seed": (whole.replace(b64u(seed("invitation")), b64u(seed("x"))), PLAN, "changed"),
        "another key": (with_other_key, PLAN, "changed"),
        "another owner": (whole.replace(quote(did("olga"), ""), did("rita")), PLAN, "changed"),
        "no owner": (whole.replace(quote(did("olga"), ""), "did%3Akey%3Az6Mk0"), PLAN, "changed"),
        "another room": (whole.replace(room().room, moved.secret.room), PLAN, "changed"),
        "signed by somebody else": (forged, PLAN, "changed"),
        "for another plan": (whole, "another-plan", "changed"),
        "a URL of another plan": (URL + whole, "another-plan", "other_plan"),
        "no plan": (whole, "", "wrong"),
        "two roles": (whole + "&role=owner", PLAN, "wrong"),
        "two versions": ("v=1&" + whole, PLAN, "wrong"),
        "half an escape": (whole + "&x=%4", PLAN, "wrong"),
        "not UTF-8": (whole + "&x=%ff", PLAN, "wrong"),
        "too many fields": (whole + "&server=wss%3A%2F%2Fa" * 40, PLAN, "wrong"),
        "too many servers": (whole + "&server=wss%3A%2F%2Fa" * 8, PLAN, "wrong"),
        "too long": (whole + "&x=" + "y" * MAX_FRAGMENT, PLAN, "wrong"),
        "an https server": (whole.replace("wss%3A", "https%3A"), PLAN, "wrong"),
        "a script as server": (whole + "&server=javascript%3Aalert(1)", PLAN, "wrong"),
        "a server with a password": (whole + "&server=wss%3A%2F%2Fa%3Ab%40c", PLAN, "wrong"),
        "a server with a line end": (whole + "&server=wss%3A%2F%2Fa%0A", PLAN, "wrong"),
        "ice that is not JSON": (whole + "&ice=%7B", PLAN, "wrong"),
        "ice without urls": (whole + "&ice=%7B%7D", PLAN, "wrong"),
        "ice over http": (whole + "&ice=" + quote('{"urls":"http://a"}'), PLAN, "wrong"),
        "ice with more": (whole + "&ice=" + quote('{"urls":"stun:a","x":1}'), PLAN, "wrong"),
        "ice with a number": (whole + "&ice=" + quote('{"urls":[1]}'), PLAN, "wrong"),
        "nested ice": (whole + "&ice=" + quote("[" * 500, ""), PLAN, "wrong"),
    }
    return changed | tampered(whole)


def tampered(whole: str) -> dict[str, tuple[str, str, str]]:
    """The last character of a signature has unused bits; only one way to write it counts."""
    last = whole[-1]
    twin = {"A": "B", "Q": "R", "g": "h", "w": "x"}[last]
    return {
        "an unused bit of the signature": (whole[:-1] + twin, PLAN, "changed"),
        "a bit of the signature": (whole[:-3] + ("A" if whole[-3] != "A" else "B") + whole[-2:],
                                   PLAN, "changed"),
    }  # fmt: skip


def refused(name: str, text: str, plan: str, reason: str) -> dict[str, Any]:
    return {"name": name, "text": text, "plan": plan, "now": NOW, "reason": reason}

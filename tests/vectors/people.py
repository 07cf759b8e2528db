"""The people, rooms and links of the shared vectors: the same at every run."""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from peerplan_jupyter.plan.schema import Actor
from peerplan_jupyter.sync.handshake import Fresh, Handshake, Ticket
from peerplan_jupyter.sync.invitation import Grant, Invitation, RoomSecret
from peerplan_jupyter.sync.keys import b64u, did_of

PLAN = "sessions"
NOW = 1_800_000_000
URL = f"https://ada.github.io/shop/plan?repo=ada/shop&plan={PLAN}#"


def seed(label: str, size: int = 32) -> bytes:
    return hashlib.sha256(f"peerplan vectors: {label}".encode()).digest()[:size]


def key(label: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed(label))


def did(label: str) -> str:
    return did_of(key(label))


def room(owner: str = "olga", name: str = "room") -> RoomSecret:
    return RoomSecret(did(owner), seed(f"{name} salt", 16), seed(f"{name} key"))


def invitation(
    role: Any = "reviewer", expires: int = 0, *, name: str = "invitation", **more: Any
) -> Invitation:
    """As the owner makes it; `signer`, `secret` and `plan` may be wrong."""
    secret = more.pop("secret", room())
    fields = {"expires": expires, "invitation": did(name), "owner": secret.owner, "role": role}
    fields |= {"plan": more.pop("plan", PLAN), "room": secret.room, "salt": b64u(secret.salt)}
    grant = Grant.sign(key(more.pop("signer", "olga")), fields)
    return Invitation(secret, grant, seed(name), **more)


def ticket(
    name: str, invited: Invitation | None = None, secret: RoomSecret | None = None
) -> Ticket:
    kind: Any = "agent" if name == "bot" else "human"
    actor = Actor(id=did(name), name=name.title(), kind=kind)
    secret = secret or (invited.secret if invited else room())
    return Ticket(secret, PLAN, actor, key(name), invited)


def peer(label: str) -> str:
    """Ids in the order of the labels' first letters."""
    return "01" + (label.upper().translate(str.maketrans("ILOU", "1100")) * 24)[:24]


def handshake(one: Ticket, me: str, other: str, binding: bytes = b"", **more: Any) -> Handshake:
    """A side whose nonce and ephemeral key come from `fresh`, by default its peer's label."""
    label = more.pop("fresh", me)
    fresh = Fresh(
        seed(f"{label} nonce", 16), X25519PrivateKey.from_private_bytes(seed(f"{label} x25519"))
    )
    more.setdefault("clock", lambda: NOW)
    return Handshake(one, peer(me), peer(other), binding, fresh=fresh, **more)

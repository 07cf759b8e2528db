"""The handshake on a link between two peers; see `docs/mesh.md`. No input or output of its own."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, TypeAlias, cast, get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from ..errors import ForbiddenError, InvalidInputError, PeerPlanError, ProtocolError
from ..plan.schema import Actor
from .hello import Hello
from .invitation import Invitation, MemberRole, RoomSecret
from .keys import KEY_SIZE, b64u, canonical, hkdf, unb64u, verified
from .sealing import Direction

MAX_TEXT = 16 * 1024
"""Bytes of one message."""
SECONDS = 10.0
"""How long the caller lets a handshake last."""
Refusal: TypeAlias = Literal["unauthorized", "expired", "revoked", "evicted", "unsupported"]
REFUSED_HERE = "here"
"""In a refusal's `data["by"]`: it was this side that refused."""
REFUSED_BY_OWNER = "owner"
"""In a refusal's `data["by"]`: it was the room's owner, proved."""
_hints: dict[Refusal, str] = {
    "unauthorized": "Open the plan by the newest link that you have.",
    "expired": "Ask for a new invitation.",
    "revoked": "Ask for a new invitation.",
    "evicted": "Ask the room's owner for a new invitation.",
    "unsupported": "Bring peerplan up to date on both sides.",
}


class HandshakeState(Enum):
    """What is awaited of the other peer."""

    NEW = "new"
    HELLO = "hello"
    PROOF = "proof"
    WELCOME = "welcome"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What this peer shows."""

    secret: RoomSecret
    plan: str
    """The plan that grants must be for."""
    actor: Actor
    key: Ed25519PrivateKey = field(repr=False)
    """The actor's own."""
    invitation: Invitation | None = None
    """None for the room's owner."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What is made anew for each handshake."""

    nonce: bytes = field(default_factory=lambda: os.urandom(16))
    ephemeral: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate, repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """Who is at the other end, proved."""

    peer: str
    identity: Actor
    """Name and kind are what it says; the id is proved."""
    role: MemberRole
    invitation: str | None
    """The `did:key` of the invitation it used; None for the owner."""
    expires: int = 0
    """When its grant ends, in Unix seconds; 0 for never. The caller ends the link then."""


class Handshake:
    """One side of it. `start` once, then `receive` every text until the state is DONE or REFUSED;
    both return the texts to send. Nothing else that came is to be read before DONE.

    `binding` is what the link proves about itself, empty on relayed ones. `revoked` says whether
    an invitation (`did:key`) was taken back, `barred` why a person was put out before, if that was
    so. When it is refused, by either side, `error` says why, and its `data["by"]` who it was, if
    that is known.
    """

    def __init__(  # noqa: PLR0913
        self,
        ticket: Ticket,
        peer: str,
        other: str,
        binding: bytes = b"",
        *,
        revoked: Callable[[str], bool] = lambda _: False,
        barred: Callable[[Member], str] = lambda _: "",
        clock: Callable[[], float] = time.time,
        fresh: Fresh | None = None,
    ) -> None:
        self.state = HandshakeState.NEW
        self.member: Member | None = None
        """Who is there, when the state is DONE."""
        self.error: PeerPlanError | None = None
        self.directions: tuple[Direction, Direction] | None = None
        """For a relayed link, from the other's hello on: how to seal, and how to open."""
        self._ticket, self._other = ticket, other
        self._revoked, self._barred, self._clock = revoked, barred, clock
        self._binding = b64u(binding)
        fresh = fresh or Fresh()
        self._ephemeral = fresh.ephemeral
        self._hello = self._own_hello(peer, fresh.nonce)
        self._theirs: Hello | None = None

    def start(self) -> list[str]:
        """Greets."""
        self.state = HandshakeState.HELLO
        return [_text(self._hello)]

    def receive(self, text: str) -> list[str]:
        """Takes a message; `ProtocolError` before the start and after a good end.

        What comes after a refusal was on its way already and means nothing.
        """
        if self.state is HandshakeState.REFUSED:
            return []
        if self.state in {HandshakeState.NEW, HandshakeState.DONE}:
            raise ProtocolError("A message of a handshake came out of its time.")
        try:
            return self._take(_parsed(text))
        except (ForbiddenError, InvalidInputError) as error:
            return self._refuse(error)

    def _own_hello(self, peer: str, nonce: bytes) -> dict[str, Any]:
        public = self._ephemeral.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        invitation = self._ticket.invitation
        return {
            "type": "hello",
            "v": 1,
            "peer": peer,
            "nonce": b64u(nonce),
            "ephemeral": b64u(public),
            "identity": self._ticket.actor.to_wire(),
            "grant": invitation.grant.model_dump() if invitation else None,
        }

    def _take(self, message: dict[str, Any]) -> list[str]:
        kind = message.get("type")
        if kind == "refused":
            return self._refused(message)
        if kind != self.state.value:
            raise _refusal("unsupported", f"Another message came than {self.state.value!r}")
        if kind == "hello":
            return self._greeted(message)
        if kind == "proof":
            return self._proved(message)
        self.state, self.member = HandshakeState.DONE, self._member(cast("Hello", self._theirs))
        return []

    def _greeted(self, message: dict[str, Any]) -> list[str]:
        if type(message.get("v")) is not int or message["v"] != 1:
            raise _refusal("unsupported", "The handshake has another version than 1")
        try:
            hello = Hello.model_validate(message)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise _refusal("unsupported", f"The hello is not valid at {where[:80]}") from None
        self._check_peer(hello)
        self._theirs = hello
        self._check_grant(hello)
        self.directions = self._agree(hello)
        self.state = HandshakeState.PROOF
        return [_text(self._proof())]

    def _check_peer(self, hello: Hello) -> None:
        """Who sends our own hello back would have our own proof sent back as well."""
        own = self._hello
        same = hello.ephemeral == own["ephemeral"] or hello.nonce == own["nonce"]
        if hello.peer != self._other or hello.peer == own["peer"] or same:
            raise _refusal("unauthorized", f"The hello is not of the peer {self._other}")

    def _check_grant(self, hello: Hello) -> None:
        secret, grant = self._ticket.secret, hello.grant
        if grant is None:
            if hello.identity.id != secret.owner:
                raise _refusal("unauthorized", "Only the room's owner comes without an invitation")
            return
        here = (secret.room, secret.owner, b64u(secret.salt), self._ticket.plan)
        if (grant.room, grant.owner, grant.salt, grant.plan) != here or not grant.holds():
            raise _refusal("unauthorized", "The invitation is not one of this room")
        if grant.expired(self._clock()):
            raise _refusal("expired", "The invitation has expired")
        if self._revoked(grant.invitation):
            raise _refusal("revoked", "The invitation was taken back")

    def _agree(self, hello: Hello) -> tuple[Direction, Direction]:
        theirs = X25519PublicKey.from_public_bytes(unb64u(hello.ephemeral, KEY_SIZE))
        try:
            shared = self._ephemeral.exchange(theirs)
        except ValueError:
            raise _refusal("unauthorized", "The hello's ephemeral key is none") from None
        hellos = [self._hello, hello.to_wire()]
        if self._hello["peer"] < hello.peer:
            hellos.reverse()
        salt = hashlib.sha256(canonical(hellos)).digest()
        own, other = (
            Direction(hkdf(shared + self._ticket.secret.key, salt, f"peerplan/v1/relay {peer}"))
            for peer in (self._hello["peer"], hello.peer)
        )
        return own, other

    def _proof(self) -> dict[str, Any]:
        said = self._transcript(self._hello, cast("Hello", self._theirs).to_wire())
        invitation = self._ticket.invitation
        return {
            "type": "proof",
            "identity": b64u(self._ticket.key.sign(said)),
            "invitation": b64u(invitation.key.sign(said)) if invitation else None,
        }

    def _proved(self, message: dict[str, Any]) -> list[str]:
        hello = cast("Hello", self._theirs)
        said = self._transcript(hello.to_wire(), self._hello)
        identity, invitation = message.get("identity"), message.get("invitation")
        holds = isinstance(identity, str) and verified(hello.identity.id, identity, said)
        if hello.grant is None:
            holds = holds and invitation is None
        else:
            signed = isinstance(invitation, str)
            holds = holds and signed and verified(hello.grant.invitation, str(invitation), said)
        if not holds:
            raise _refusal("unauthorized", "The proof does not hold")
        if why := self._barred(self._member(hello)):
            raise _refusal("evicted", f"This person was put out. {why}".rstrip("."))
        self.state = HandshakeState.WELCOME
        return [_text({"type": "welcome"})]

    def _member(self, hello: Hello) -> Member:
        who, grant = Actor(**hello.identity.to_wire()), hello.grant
        if grant is None or who.id == self._ticket.secret.owner:
            return Member(hello.peer, who, "owner", None)
        return Member(hello.peer, who, grant.role, grant.invitation, grant.expires)

    def _transcript(self, own: dict[str, Any], other: dict[str, Any], code: str = "") -> bytes:
        """What a proof signs, or the refusal of that code."""
        told = {"binding": self._binding, "other": other, "self": own}
        told["room"] = self._ticket.secret.room
        kind = "refused" if code else "proof"
        said = canonical(told | ({"code": code} if code else {}))
        return f"peerplan {kind} v1\0".encode() + hashlib.sha256(said).digest()

    def _refuse(self, error: PeerPlanError) -> list[str]:
        self.state, self.error = HandshakeState.REFUSED, error
        error.data["by"] = REFUSED_HERE
        code = error.data.get("reason", "unsupported")
        said = {"type": "refused", "code": code, "message": error.message}
        if self._theirs:
            signed = self._transcript(self._hello, self._theirs.to_wire(), code)
            said["identity"] = b64u(self._ticket.key.sign(signed))
        return [_text(said)]

    def _refused(self, message: dict[str, Any]) -> list[str]:
        code, words = message.get("code"), message.get("message")
        reason = cast("Refusal", code if code in get_args(Refusal) else "unauthorized")
        said = " ".join(words[:200].split()) if isinstance(words, str) else ""
        told = f"The other peer refused the handshake ({reason}): {said}"
        self.error = ForbiddenError(told, hint=_hints[reason], reason=reason)
        if self._owner_signed(reason, message.get("identity")):
            self.error.data["by"] = REFUSED_BY_OWNER
        self.state = HandshakeState.REFUSED
        return []

    def _owner_signed(self, code: str, signature: Any) -> bool:
        owner, hello = self._ticket.secret.owner, self._theirs
        if hello is None or hello.identity.id != owner or not isinstance(signature, str):
            return False
        return verified(owner, signature, self._transcript(hello.to_wire(), self._hello, code))


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > MAX_TEXT or len(text.encode(errors="replace")) > MAX_TEXT:
        raise _refusal("unsupported", f"A message has more than {MAX_TEXT} bytes")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise _refusal("unsupported", "A message is not a JSON object")
    return message


def _refusal(reason: Refusal, message: str) -> ForbiddenError:
    return ForbiddenError(f"{message}.", hint=_hints[reason], reason=reason)


def _text(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))

"""Invitations: the secrets of a room and a role in it, in the fragment of a plan's URL."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import parse_qs, quote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import ForbiddenError, InvalidInputError, PeerPlanError
from ..plan.schema import PlanId, Timestamp
from .fragment import fields_of
from .keys import (
    KEY_SIZE,
    SALT_SIZE,
    b64u,
    canonical,
    did_of,
    public_key,
    room_id,
    unb64u,
    verified,
)
from .servers import checked_ice, checked_servers

VERSION = "1"
MAX_FRAGMENT = 3000
"""Characters: a plan URL with it stays below 4000, and fits into a QR code."""
MAX_LINK = 8000
MemberRole: TypeAlias = Literal["owner", "reviewer", "viewer"]
Reason: TypeAlias = Literal["wrong", "truncated", "unsupported", "changed", "other_plan", "expired"]
"""In an error's `data["reason"]`."""

Did = Annotated[str, Field(pattern=r"^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$")]
_B64u16 = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}$")]
_B64u64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{86}$")]
_digits = re.compile(r"[0-9]{1,16}\Z")
_wanted = ("room", "key", "owner", "salt", "role", "expires", "seed", "sig")


class Grant(BaseModel):
    """What the owner signed: a role in a room, for who holds an invitation's seed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    expires: Timestamp
    """Unix seconds; 0 for never."""
    invitation: Did
    owner: Did
    plan: PlanId
    role: MemberRole
    room: _B64u16
    salt: _B64u16
    sig: _B64u64

    @classmethod
    def sign(cls, owner_key: Ed25519PrivateKey, fields: Mapping[str, Any]) -> Grant:
        """The grant of these fields, signed."""
        return cls(**fields, sig=b64u(owner_key.sign(_signed(fields))))

    def holds(self) -> bool:
        """Whether its owner signed it."""
        fields = self.model_dump(exclude={"sig"})
        return verified(self.owner, self.sig, _signed(fields))

    def expired(self, now: float) -> bool:
        """Whether its time is over."""
        return bool(self.expires) and now >= self.expires


def _signed(fields: Mapping[str, Any]) -> bytes:
    return b"peerplan grant v1\0" + canonical(dict(fields))


@dataclass(frozen=True, slots=True)
class RoomSecret:
    """What the members of a room share."""

    owner: str
    """`did:key`"""
    salt: bytes
    key: bytes = field(repr=False)

    @classmethod
    def new(cls, owner: str) -> RoomSecret:
        """A new room of an owner."""
        return cls(owner, os.urandom(SALT_SIZE), os.urandom(KEY_SIZE))

    @property
    def room(self) -> str:
        """The room's id."""
        return room_id(public_key(self.owner), self.salt, self.key)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A grant with the secrets to use it. Who has it can enter the room in the grant's role."""

    secret: RoomSecret
    grant: Grant
    seed: bytes = field(repr=False)
    servers: tuple[str, ...] = ()
    """Room servers in the order to try."""
    ice: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    """RTCIceServers."""

    @property
    def id(self) -> str:
        """The invitation's `did:key`, by which it is revoked."""
        return self.grant.invitation

    @property
    def key(self) -> Ed25519PrivateKey:
        """The key that proves that one holds it."""
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def fragment(self) -> str:
        """The fragment of the plan's URL. The signature is last, so that a cut link tells."""
        secret, grant = self.secret, self.grant
        pairs = [("v", VERSION), ("room", grant.room), ("key", b64u(secret.key))]
        pairs += [("owner", grant.owner), ("salt", grant.salt), ("role", grant.role)]
        pairs += [("expires", str(grant.expires)), ("seed", b64u(self.seed))]
        pairs += [("server", one) for one in self.servers]
        pairs += [("ice", canonical(one).decode()) for one in self.ice]
        pairs += [("sig", grant.sig)]
        return "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)

    @classmethod
    def parse(cls, text: str, plan: str = "", now: float | None = None) -> Invitation:
        """The invitation in a plan's URL, or in its fragment alone if `plan` says which plan.

        `InvalidInputError` for what is not one, was cut or changed or is for another plan, and
        `ForbiddenError` after its time; `data["reason"]` says which. Only the server and ice
        fields may be changed unnoticed, for the owner does not sign them.
        """
        text = text.strip()
        if len(text) > MAX_LINK:
            raise _wrong(f"A link of {len(text)} characters; at most {MAX_LINK} are read")
        head, separator, fragment = text.rpartition("#")
        fields = fields_of(fragment, MAX_FRAGMENT)
        _check_version(fields)
        made = _invitation(fields, _plan(head if separator else "", plan))
        if made.grant.expired(time.time() if now is None else now):
            raise ForbiddenError(
                "This invitation has expired.", hint="Ask for a new one.", reason="expired"
            )
        return made


def issue(  # noqa: PLR0917 - one argument for each thing an invitation says
    owner_key: Ed25519PrivateKey,
    room: RoomSecret,
    plan: str,
    role: MemberRole,
    expires: int = 0,
    servers: Iterable[str] = (),
    ice: Iterable[Mapping[str, Any]] = (),
) -> Invitation:
    """A new invitation into the owner's room. `expires` in Unix seconds, 0 for never.

    `ForbiddenError` if the key is not the owner's; `InvalidInputError` for servers that a link
    cannot name or has no room for.
    """
    if did_of(owner_key) != room.owner:
        raise ForbiddenError("Only the owner of a room can invite into it.")
    seed = os.urandom(KEY_SIZE)
    invited = did_of(Ed25519PrivateKey.from_private_bytes(seed))
    fields = {"expires": expires, "invitation": invited, "owner": room.owner, "plan": plan}
    fields |= {"role": role, "room": room.room, "salt": b64u(room.salt)}
    try:
        grant = Grant.sign(owner_key, fields)
    except ValidationError as error:
        raise _wrong(f"This cannot be granted: {error.errors()[0]['msg']}.") from None
    made = Invitation(room, grant, seed, checked_servers(servers), checked_ice(ice))
    if len(made.fragment()) > MAX_FRAGMENT:
        raise _wrong(f"The link would be longer than {MAX_FRAGMENT} characters; name fewer servers")
    return made


def _invitation(fields: Mapping[str, list[str]], plan: str) -> Invitation:
    one = {name: fields[name][0] for name in _wanted}
    try:
        secret = RoomSecret(
            one["owner"], unb64u(one["salt"], SALT_SIZE), unb64u(one["key"], KEY_SIZE)
        )
        seed = unb64u(one["seed"], KEY_SIZE)
        room = secret.room
    except InvalidInputError as error:
        raise _wrong(f"The invitation was changed: {error.message}", "changed") from None
    if room != one["room"]:
        raise _wrong("The invitation was changed: room, key, owner and salt differ", "changed")
    grant = _grant(one, seed, plan)
    servers = checked_servers(fields.get("server", ()))
    return Invitation(secret, grant, seed, servers, checked_ice(map(_json, fields.get("ice", ()))))


def _grant(one: Mapping[str, str], seed: bytes, plan: str) -> Grant:
    named = {name: one[name] for name in ("owner", "role", "room", "salt", "sig")}
    invited = did_of(Ed25519PrivateKey.from_private_bytes(seed))
    expires = int(one["expires"]) if _digits.match(one["expires"]) else -1
    try:
        grant = Grant(expires=expires, invitation=invited, plan=plan, **named)  # type: ignore[arg-type]
    except ValidationError as error:
        where = error.errors()[0]["loc"][0]
        reason: Reason = "truncated" if where == "sig" else "wrong"
        raise _wrong(f"The invitation's {where} is not valid.", reason) from None
    if not grant.holds():
        raise _wrong(f"The invitation was changed, or is not for the plan {plan!r}", "changed")
    return grant


def _check_version(fields: Mapping[str, list[str]]) -> None:
    version = fields.get("v", [""])[0]
    if not version:
        raise _wrong("This is not an invitation")
    if version != VERSION:
        raise _wrong(
            f"The invitation has the version {version[:20]!r}; this peerplan reads {VERSION}.",
            "unsupported",
            "Upgrade peerplan-jupyter.",
        )
    lacking = [name for name in _wanted if name not in fields]
    if lacking:
        raise _wrong(f"The invitation was cut: it lacks {', '.join(lacking)}", "truncated")


def _plan(url: str, expected: str) -> str:
    """The plan that the URL names, which must be the expected one if both are there."""
    try:
        named = parse_qs(urlsplit(url).query).get("plan", [""])[0]
    except ValueError:
        named = ""
    if named and expected and named != expected:
        message = f"The invitation is for the plan {named[:80]!r}, not for {expected!r}."
        raise _wrong(message, "other_plan")
    if not (named or expected):
        raise _wrong(
            "The link does not say which plan it is for.", hint="Paste the whole URL of the plan."
        )
    return named or expected


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong("The invitation's ice field is not JSON.") from None


def _wrong(message: str, reason: Reason = "wrong", hint: str = "") -> PeerPlanError:
    advice = "Copy the whole link again, or ask for a new one."
    return InvalidInputError(message.rstrip(".") + ".", hint=hint or advice, reason=reason)

"""What people are told about a plan's room: who is there, and why somebody is not."""

from __future__ import annotations

import time

from ..errors import ForbiddenError, PeerPlanError, UnreachableError
from ..sync.handshake import REFUSED_HERE
from ..sync.mesh.mesh import MemberState, Mesh

_ways = {"direct": "directly", "turn": "through TURN", "relay": "through the relay"}
_refused = {
    "expired": "Your invitation has expired.",
    "revoked": "Your invitation was taken back.",
    "unauthorized": "Your invitation is not one for this room.",
    "unsupported": "The other side runs another version of peerplan.",
}
_DOUBLED = (
    "A copy of this process writes into the plan too. What the two wrote at one moment may differ "
    "from peer to peer: look through what you wrote last, and write it again where it lacks."
)
_WARNINGS = 2


def others(mesh: Mesh) -> list[MemberState]:
    """The members but for this user's own processes, which have the same plans anyway."""
    me = mesh.standing.ticket.actor.id
    return [one for one in mesh.members if one.identity is None or one.identity.id != me]


def sentence(mesh: Mesh, *, doubled: bool = False) -> str:
    """How a room looks from here; `doubled` as in `PlanDocument`."""
    linked = [
        f"{one.identity.name} {_ways.get(one.path, one.path)}"
        for one in others(mesh)
        if one.identity and one.path
    ]
    said = [f"In its room: {', '.join(linked)}." if linked else "Nobody else is in its room."]
    if mesh.state.state == "offline":
        said.append(f"The room server is away: {mesh.state.detail}")
    if refusal := refusal_of(mesh):
        said.append(f"{refusal.message} {refusal.hint}".strip())
    elif mesh.refusal is not None and not linked:
        said.append(f"Somebody was not let in: {mesh.refusal.message}")
    return " ".join([*said, *([_DOUBLED] if doubled else []), *mesh.warnings[-_WARNINGS:]])


def refusal_of(mesh: Mesh) -> ForbiddenError | None:
    """Why this user is not let into a room, if that is so."""
    invitation = mesh.standing.ticket.invitation
    if invitation is not None and invitation.grant.expired(time.time()):
        return _told("expired", _refused["expired"])
    error = mesh.refusal
    if error is None or error.data.get("by") == REFUSED_HERE:
        return None
    reason = str(error.data.get("reason"))
    return _told(reason, _refused.get(reason, f"You were put out of its room. {error.message}"))


def absence(mesh: Mesh | None, seconds: float) -> PeerPlanError:
    """Why a plan did not come."""
    if mesh is not None and (refusal := refusal_of(mesh)):
        return refusal
    if mesh is not None and not mesh.live:
        return UnreachableError(
            f"No room server can be reached: {mesh.state.detail}",
            hint="Ask who invited you whether it runs.",
        )
    return UnreachableError(
        f"Nobody who has the plan was there within {seconds:g} s.",
        hint="Try again when who invited you is there.",
    )


def _told(reason: str, message: str) -> ForbiddenError:
    hint = "Bring peerplan up to date on both sides." if reason == "unsupported" else ""
    return ForbiddenError(message, hint=hint or "Ask for a new invitation.", reason=reason)

"""Guests: what people may do in plans that they were invited to."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from ..errors import ForbiddenError
from ..plan.document import PlanDocument
from ..plan.operations import Operation
from ..plan.roles import MemberRole, check_role
from ..store.rooms import KeptRoom, Rooms
from ..sync.invitation import Grant, Invitation

Over: TypeAlias = Literal["", "expired", "revoked"]
_over_words = {"expired": "has expired", "revoked": "was taken back"}


@dataclass(frozen=True)
class Part:
    """What somebody is in the room of a plan."""

    role: MemberRole = "owner"
    host: str = ""
    """The id of whose room it is; empty where nobody was ever invited."""
    guest: bool = False
    """Whether they came by an invitation."""
    over: Over = ""
    """Why that holds no longer."""


def part_in(room: KeptRoom | None, who: str, document: PlanDocument) -> Part:
    """What the person of the id `who` is in a room as it was kept."""
    if room is None:
        return Part()
    if not room.link:
        return Part(host=room.owner)
    role = room.role if room.role == "owner" or room.who == who else "viewer"
    return Part(role, room.owner, guest=True, over=_over(room, document))


class Guests:
    """A `Guard` by the rooms that are kept, so that it holds in every process of the user."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def check(self, document: PlanDocument, operation: Operation) -> None:
        """Raise `ForbiddenError` for what the user's role in the plan's room does not allow, and
        for everything once the invitation is over.
        """
        room = self._rooms.get(document.id)
        if room is None or not room.link:
            return
        if over := _over(room, document):
            raise ForbiddenError(
                f"The invitation to this plan {_over_words[over]}: nobody would take this.",
                hint="Ask for a new one.",
                reason=over,
            )
        check_role(room.role, room.who, operation, document)


def _over(room: KeptRoom, document: PlanDocument) -> Over:
    grant = _grant(room.link, room.plan)
    if room.over or document.raw.value("revocations", grant.invitation) is not None:
        return "revoked"
    return "expired" if grant.expired(time.time()) else ""


@lru_cache(maxsize=64)
def _grant(link: str, plan: str) -> Grant:
    """The same for every operation; to verify it takes longer than all the rest."""
    return Invitation.parse(link, plan, now=0).grant

"""Who is in the room, as far as signals tell, and who of them is linked with whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from ..invitation import MemberRole

FULL = 12
"""Peers among whom everybody is linked with everybody. Each further link costs every change one
more sending."""
Bond: TypeAlias = Literal["direct", "relay"]


def bond(one: str, other: str, roster: Mapping[str, MemberRole]) -> Bond | None:
    """How two peers of the roster (peer id to the role it claims) are linked, if at all.

    The oldest ids, up to `FULL`, are all linked directly. Those beyond are linked through the
    relay with the owners, who send everything to everybody, or where there is none with the
    oldest.
    """
    oldest = sorted(roster)[:FULL]
    if one in oldest and other in oldest:
        return "direct"
    if "owner" in {roster[one], roster[other]}:
        return "relay"
    owned = "owner" in roster.values()
    return "relay" if not owned and (one in oldest or other in oldest) else None

"""Who was put out of a room, and does not come back while this process lives."""

from __future__ import annotations

from ..handshake import Member

STRIKES = 3
"""Breaches of the protocol by one person after which it is the last; a breach of a role is."""


MOST = 5000
"""People who are remembered."""


class Barred:
    """The people that one peer put out, each by identity and invitation.

    A person who is invited anew may come again. Owners may do everything, and are never barred.
    """

    def __init__(self) -> None:
        self._strikes: dict[tuple[str, str | None], tuple[int, str]] = {}

    def note(self, member: Member, reason: str, *, overstepped: bool) -> None:
        """Take note that a member broke its role, or the protocol."""
        if member.role == "owner":
            return
        strikes, _ = self._strikes.get(_who(member), (0, ""))
        self._strikes[_who(member)] = strikes + (STRIKES if overstepped else 1), reason
        if len(self._strikes) > MOST:
            del self._strikes[next(iter(self._strikes))]

    def why(self, member: Member) -> str:
        """Why a member must not be linked with; empty if it may."""
        strikes, reason = self._strikes.get(_who(member), (0, ""))
        return (reason or "It broke the rules.") if strikes >= STRIKES else ""


def _who(member: Member) -> tuple[str, str | None]:
    return member.identity.id, member.invitation

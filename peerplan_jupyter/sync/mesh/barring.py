"""Who was put out of a room, and does not come back while this process lives."""

from __future__ import annotations

from collections import Counter

from ..handshake import Member

STRIKES = 3
"""Breaches of the protocol by one person after which it is the last; a breach of a role is."""


class Barred:
    """The people that one peer put out, each by identity and invitation.

    A person who is invited anew may come again. Owners may do everything, and are never barred.
    """

    def __init__(self) -> None:
        self._strikes: Counter[tuple[str, str | None]] = Counter()

    def note(self, member: Member, *, overstepped: bool) -> None:
        """Take note that a member broke its role, or the protocol."""
        if member.role != "owner":
            self._strikes[_who(member)] += STRIKES if overstepped else 1

    def has(self, member: Member) -> bool:
        """Whether a member must not be linked with."""
        return self._strikes[_who(member)] >= STRIKES


def _who(member: Member) -> tuple[str, str | None]:
    return member.identity.id, member.invitation

"""What this peer is in a room: its role, its keys, and where the room is met."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..handshake import Ticket
from ..invitation import Invitation, MemberRole


@dataclass(frozen=True, slots=True)
class Standing:
    """A peer's part in the room of one plan: the owner's, or one that an invitation gives."""

    ticket: Ticket
    """What it shows to others."""
    servers: tuple[str, ...] = ()
    """Room servers in the order to try."""
    ice: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    """RTCIceServers."""

    @classmethod
    def invited(cls, ticket: Ticket, invitation: Invitation) -> Standing:
        """The standing that an invitation gives, met where it says."""
        return cls(ticket, invitation.servers, invitation.ice)

    @property
    def plan(self) -> str:
        """The plan's id."""
        return self.ticket.plan

    @property
    def room(self) -> str:
        """The room's id."""
        return self.ticket.secret.room

    @property
    def role(self) -> MemberRole:
        """What this peer may do."""
        invitation = self.ticket.invitation
        return invitation.grant.role if invitation else "owner"

"""What a session is, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from .frames import Permission, UpdateStatus
from .introduction import Introduction


class Role(Enum):
    """The side that opened the connection asks; the other answers."""

    REQUESTER = "requester"
    RECEIVER = "receiver"


class State(Enum):
    """Where a session stands."""

    IDLE = "idle"
    JOINING = "joining"
    JOINED = "joined"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Joined:
    """The two peers are in the room together; what each lacked is on its way."""

    permission: Permission
    """What this side may do at the other."""
    remote: Introduction


@dataclass(frozen=True, slots=True)
class Imported:
    """The other peer changed the document."""

    before: bytes
    """The version before the change."""
    updates: tuple[bytes, ...]
    """What changed it, as it came."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The other peer did not take changes, and they will not be sent again before a new join."""

    status: UpdateStatus
    changes: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The session is over."""

    reason: str
    fault: bool = False
    """Whether the other peer broke a rule, so that its connection should end too."""
    refused: bool = False
    """Whether the other peer does not want this one; trying again is of no use."""
    left: bool = False
    """Whether the other peer said that it goes."""


Event: TypeAlias = Joined | Imported | Refused | Closed

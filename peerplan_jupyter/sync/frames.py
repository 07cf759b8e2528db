"""The messages of loro-protocol v1, named as in `protocol.md` of the repository loro-dev/protocol.

Where that text and the published npm package `loro-protocol` differ (the codes of RoomError),
the package is followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Literal, TypeAlias

Permission: TypeAlias = Literal["read", "write"]


class Crdt(Enum):
    """What a room holds: the magic bytes that open a frame.

    Equal room names with different magic bytes are different rooms.
    """

    LORO = b"%LOR"
    EPHEMERAL = b"%EPH"
    EPHEMERAL_PERSISTED = b"%EPS"
    ELO = b"%ELO"
    YJS = b"%YJS"
    YJS_AWARENESS = b"%YAW"
    FLOCK = b"%FLO"


DOCUMENTS = frozenset({Crdt.LORO, Crdt.ELO})
"""Rooms that hold a Loro document, in the open or encrypted."""


class JoinErrorCode(IntEnum):
    """Why a join was refused."""

    UNKNOWN = 0x00
    VERSION_UNKNOWN = 0x01
    AUTH_FAILED = 0x02
    APP_ERROR = 0x7F


class RoomErrorCode(IntEnum):
    """Why a peer was put out of a room."""

    REJOIN_SUGGESTED = 0x01
    EVICTED = 0x02
    UNKNOWN = 0x7F


class UpdateStatus(IntEnum):
    """What became of a batch."""

    OK = 0x00
    UNKNOWN = 0x01
    PERMISSION_DENIED = 0x03
    INVALID_UPDATE = 0x04
    PAYLOAD_TOO_LARGE = 0x05
    RATE_LIMITED = 0x06
    FRAGMENT_TIMEOUT = 0x07
    APP_ERROR = 0x7F


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """Asks to enter a room."""

    crdt: Crdt
    room: str
    auth: bytes
    """Application-defined; here the JSON of `Introduction`."""
    version: bytes


@dataclass(frozen=True, slots=True)
class JoinResponseOk:
    """Lets the requester in."""

    crdt: Crdt
    room: str
    permission: Permission
    version: bytes
    extra: bytes = b""


@dataclass(frozen=True, slots=True)
class JoinError:
    """Keeps the requester out."""

    crdt: Crdt
    room: str
    code: JoinErrorCode
    message: str
    receiver_version: bytes | None = None
    """Travels only with `VERSION_UNKNOWN`."""
    app_code: str | None = None
    """Travels only with `APP_ERROR`, and only if it is not empty."""


@dataclass(frozen=True, slots=True)
class DocUpdate:
    """Changes, in one batch that is acknowledged as a whole."""

    crdt: Crdt
    room: str
    updates: tuple[bytes, ...]
    batch: bytes
    """8 bytes."""


@dataclass(frozen=True, slots=True)
class FragmentHeader:
    """Announces a batch of one update that is too large for a frame."""

    crdt: Crdt
    room: str
    batch: bytes
    count: int
    size: int
    """Bytes of all fragments together."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of an announced batch."""

    crdt: Crdt
    room: str
    batch: bytes
    index: int
    data: bytes


@dataclass(frozen=True, slots=True)
class RoomError:
    """Puts the other peer out of the room until it joins again."""

    crdt: Crdt
    room: str
    code: RoomErrorCode
    message: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Ends the sender's interest in the room."""

    crdt: Crdt
    room: str


@dataclass(frozen=True, slots=True)
class Ack:
    """Says what became of a batch."""

    crdt: Crdt
    room: str
    batch: bytes
    status: UpdateStatus


Frame: TypeAlias = (
    JoinRequest
    | JoinResponseOk
    | JoinError
    | DocUpdate
    | FragmentHeader
    | Fragment
    | RoomError
    | Leave
    | Ack
)

"""How an Ack tells an error."""

from __future__ import annotations

from ..errors import (
    DocumentError,
    ForbiddenError,
    NotFoundError,
    PeerPlanError,
    ProtocolError,
    TooLargeError,
)
from .frames import UpdateStatus
from .refusals import EarlyError


def status_of(error: PeerPlanError) -> UpdateStatus:
    """The status of an Ack that refuses an update for that reason."""
    match error:
        case EarlyError():
            return UpdateStatus.RATE_LIMITED
        case ForbiddenError():
            return UpdateStatus.PERMISSION_DENIED
        case TooLargeError():
            return UpdateStatus.PAYLOAD_TOO_LARGE
        case DocumentError() | ProtocolError() | NotFoundError():
            return UpdateStatus.INVALID_UPDATE
        case _:
            return UpdateStatus.UNKNOWN

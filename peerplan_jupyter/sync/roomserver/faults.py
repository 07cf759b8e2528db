"""Why a room server closes a socket. Their codes travel in its `error` messages."""

from __future__ import annotations

from ...errors import ForbiddenError, PeerPlanError, TooLargeError


class TakenError(ForbiddenError):
    """Somebody else is reached under this id."""

    code = "taken"


class CrowdedError(TooLargeError):
    """There is no room for more topics, members or connections."""

    code = "crowded"
    status = 503


class UnusedError(PeerPlanError):
    """The socket has had no topic for too long."""

    code = "unused"


class ReplacedError(PeerPlanError):
    """The same peer came again by another socket."""

    code = "replaced"

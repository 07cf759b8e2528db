"""What a peer is told when its changes are not taken."""

from __future__ import annotations

from ..errors import DocumentError, ForbiddenError, PeerPlanError


class OversteppedError(ForbiddenError):
    """A peer did what its role does not allow; its link ends."""


class LethalError(DocumentError):
    """A change would have ended this process; the link of who sent it ends."""


class EarlyError(PeerPlanError):
    """A change came before what it depends on; it is to be sent again in a while."""

    code = "early"
    status = 425

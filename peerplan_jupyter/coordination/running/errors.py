"""What can keep a run from going on."""

from __future__ import annotations

from ...errors import ForbiddenError, PeerPlanError


class LeasedError(PeerPlanError):
    """Somebody else is at the task now; `data` has `holders`, in words."""

    code = "leased"
    status = 409
    exit_code = 3


class UntrustedError(ForbiddenError):
    """The run would act upon what others wrote and the person has not agreed to; `data` has
    `items`, in words.
    """

    code = "untrusted"


class Stopped(KeyboardInterrupt):
    """The run was told to stop, by a signal other than Ctrl-C."""

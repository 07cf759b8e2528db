"""The gate that lets pass whatever ended well."""

from __future__ import annotations

from collections.abc import Callable

from ..config.schema import GateType
from ..tasks.execution import GateResult
from .case import PASSED, Case


class AutoGate:
    """The exit code has decided already."""

    def judge(self, case: Case, waits: Callable[[GateResult], None]) -> GateResult:  # noqa: ARG002
        """Passed."""
        return GateResult(type=GateType.AUTO, verdict=PASSED)

"""The gate of a phase."""

from __future__ import annotations

from collections.abc import Callable

from ..config.schema import Config, GateType
from .ai import AiGate
from .auto import AutoGate
from .case import Gate

Make = Callable[[], Gate]


def gate_of(kind: GateType, config: Config, human: Make) -> Gate:
    """The gate of this kind; `human` makes the one at which people decide."""
    match kind:
        case GateType.AUTO:
            return AutoGate()
        case GateType.AI:
            return AiGate(config)
        case GateType.HUMAN:
            return human()

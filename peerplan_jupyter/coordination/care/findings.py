"""What was looked at, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["ok", "warning", "broken"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. A `warning` is no reason to worry; `broken` is."""

    name: str
    state: State
    found: str
    advice: str = ""
    mend: Callable[[], str] | None = None
    """Mends it and says in a sentence what was done; None where only a person can."""

    def to_wire(self) -> dict[str, Any]:
        """The finding as JSON."""
        facts = {"name": self.name, "state": self.state, "found": self.found, "advice": self.advice}
        return {**facts, "fixable": self.mend is not None}


def fine(name: str, found: str) -> Finding:
    """Nothing is wrong with it."""
    return Finding(name, "ok", found)


def listed(names: list[str], most: int = 5) -> str:
    """Some names in a sentence, and how many more there are."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown

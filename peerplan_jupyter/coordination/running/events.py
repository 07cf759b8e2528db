"""What a run says while it goes on, to people and to programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that happened: `kind` for programs, a sentence for people."""

    kind: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        """The event as one JSON object."""
        return {"event": self.kind, **self.facts, "text": self.text}


Tell = Callable[[Event], None]


def warning(text: str) -> Event:
    """What does not stop the run."""
    return Event("warning", text)

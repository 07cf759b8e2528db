"""Fields of a task that somebody set after it was made; the last to set one holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..yamlfile import parse_yaml
from .layout import LATEST

CHANGEABLE = frozenset({"title", "description", "weight", "assignee", "plan", "note"})


@dataclass(frozen=True)
class FieldChange:
    """A value with the time on the team's clock, the time of day, and who set it."""

    value: str
    lamport: int
    at: str = ""
    by: str = ""


Changes = Mapping[str, FieldChange]


def parse_changes(data: bytes, where: str) -> dict[str, FieldChange]:
    """What a `changes.yaml` says of fields that can be set; what is not a change is left out.
    `InvalidInputError` when it is not YAML.
    """
    found = {}
    for name, facts in parse_yaml(data, where).items():
        if name in CHANGEABLE and isinstance(facts, dict) and isinstance(facts.get("value"), str):
            told = (
                facts["value"],
                clock_of(facts),
                str(facts.get("at", "")),
                str(facts.get("by", "")),
            )
            found[name] = FieldChange(*told)
    return found


def changes_facts(changes: Changes) -> dict[str, Any]:
    """`changes` as their file says them."""
    return {name: asdict(changes[name]) for name in sorted(changes)}


def later(one: Changes, other: Changes) -> dict[str, FieldChange]:
    """Of each field, the later of both; of two at the same time, that of `other`."""
    newer = {
        name: change
        for name, change in one.items()
        if name not in other or change.lamport > other[name].lamport
    }
    return {**other, **newer}


def clock_of(facts: Mapping[str, Any]) -> int:
    """The time on the team's clock in a record as `parse_yaml` gives it; 0 for none to speak of."""
    said = str(facts.get("lamport", ""))
    clock = int(said) if said.isascii() and said.isdecimal() and len(said) < 17 else 0
    return clock if clock < LATEST else 0

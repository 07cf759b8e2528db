"""A task in one line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...plan.steering import STEERING

UNREADABLE = "unreadable"
NameOf = Callable[[str, str], str]
"""The name of whose prefix it is, of several the one of this name; the prefix itself where nobody
is known.
"""

_steering = re.compile(rf"[\t\n{STEERING}]")


class Row(NamedTuple):
    """What a list shows of a task, as text without control characters."""

    id: str
    uid: str
    status: str
    weight: str
    phase: str
    title: str
    creator: str
    """The prefix of who made it."""
    creator_name: str
    running: str
    """Who is at work: JSON, a list of the tags of runs, each with a name."""
    fault: str
    """What of it cannot be read, and where."""
    facts: str
    """The whole task as JSON; empty where it was not asked for."""

    @property
    def is_readable(self) -> bool:
        """Whether it is known what the task is."""
        return self.status != UNREADABLE

    def owner(self, name_of: NameOf) -> str:
        """Who made it, as the registry calls them."""
        named = name_of(self.creator, self.creator_name) if self.creator else ""
        if named and named.upper() != self.creator.upper():
            return plain(named)
        return self.creator_name or self.creator.lower()

    def runners(self, name_of: NameOf) -> list[str]:
        """Who is at work on it, as the registry calls them."""
        return [_runner(tag, name, name_of) for tag, name in _parsed(self.running or "[]")]

    def to_wire(self, name_of: NameOf) -> dict[str, Any]:
        """The task as JSON."""
        facts: dict[str, Any] = _parsed(self.facts) if self.facts else {}
        people = {"owner": self.owner(name_of), "running_by": self.runners(name_of)}
        return {**facts, **people, "readable": self.is_readable, "fault": self.fault}


NOTHING = Row(*("",) * 11)


@dataclass(frozen=True)
class TaskList:
    """Tasks in the order of their ids, and what there is to say of how they were found."""

    rows: Sequence[Row]
    fetched: bool = False
    """Whether they are as the remote has them now."""
    stale: str = ""
    """Why they are not, and since when; empty where nobody asked for that."""
    skipped: tuple[str, ...] = field(default=())
    """Branches among those of tasks whose names are not that of a task."""

    @property
    def unreadable(self) -> int:
        """How many rows stand for something that cannot be read."""
        return sum(not row.is_readable for row in self.rows)


def unnamed(prefix: str, named: str) -> str:  # noqa: ARG001
    """The `NameOf` of who knows nobody."""
    return prefix


def plain(text: str) -> str:
    """`text` on one line, without what would steer a terminal."""
    if text.isprintable():
        return text
    return _steering.sub("\N{REPLACEMENT CHARACTER}", text)


def _parsed(text: str) -> Any:
    import json  # noqa: PLC0415 (which a list in lines has no use for)

    return json.loads(text)


def _runner(tag: str, name: str, name_of: NameOf) -> str:
    """A tag is the prefix in small letters, behind an x where that begins with a digit."""
    prefix = tag.partition("-")[0]
    prefix = prefix[1:] if prefix[:1] == "x" and prefix[1:2].isdigit() else prefix
    named = name_of(prefix.upper(), name) if prefix else ""
    return plain(named) if named and named.upper() != prefix.upper() else name or tag

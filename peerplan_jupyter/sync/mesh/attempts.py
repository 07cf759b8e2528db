"""Tries to be linked that another peer began, under names that it chose."""

from __future__ import annotations

from collections import deque
from typing import Generic, Protocol, TypeVar

MOST = 3
"""How many are under way at once: another one may have been made up by a room server."""
REMEMBERED = 100
"""Names that are not taken a second time, when a room server says again what it heard."""


class Closable(Protocol):
    """What can be given up; that does nothing to what is over."""

    def close(self) -> None:
        """Gives it up."""


A = TypeVar("A", bound=Closable)


class Attempts(Generic[A]):
    """The attempts of one peer that are under way, by their names.

    No name counts for more than another, so that one that was made up keeps out no other: the
    newest stand beside each other until each opened or failed, and the oldest makes way.
    """

    def __init__(self) -> None:
        self._under_way: dict[str, A] = {}
        self._used: deque[str] = deque(maxlen=REMEMBERED)

    def __len__(self) -> int:
        return len(self._under_way)

    def is_new(self, name: str) -> bool:
        """Whether nothing was heard under that name lately."""
        return name not in self._used

    def get(self, name: str) -> A | None:
        """The one of that name, if it is under way."""
        return self._under_way.get(name)

    def begin(self, name: str, attempt: A, *, spared: object = None) -> None:
        """Takes one in; gives up the oldest but `spared`, if there are too many."""
        self._under_way[name] = attempt
        self._used.append(name)
        old = [one for one, held in self._under_way.items() if held is not spared]
        for one in old[: max(len(self._under_way) - MOST, 0)]:
            self._under_way.pop(one).close()

    def end(self, name: str) -> None:
        """Takes note that one opened, failed or is over."""
        self._under_way.pop(name, None)

    def close(self) -> None:
        """Gives up all."""
        for attempt in self.all():
            attempt.close()

    def all(self) -> list[A]:
        """Those that are under way, and none any more."""
        found = list(self._under_way.values())
        self._under_way.clear()
        return found

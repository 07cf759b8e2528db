"""Listeners: those who want to know when something about a plan looks different."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Listener: TypeAlias = Callable[[str], None]


class Listeners:
    """Functions that are called with a plan's id, on the thread of whoever tells."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` from now on; what is returned ends that."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def tell(self, plan_id: str) -> None:
        """Something about a plan looks different."""
        for listener in list(self._listeners):
            listener(plan_id)

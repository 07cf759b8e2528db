"""Farewells: what a process says before it ends, while its links still carry it."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable
from typing import TypeAlias

Farewell: TypeAlias = Callable[[], None]
_log = logging.getLogger(__name__)
_farewells: list[Farewell] = []


def add(farewell: Farewell) -> None:
    """Call a function when the process ends; the one that was added last is called first."""
    _farewells.append(farewell)
    come_first()


def remove(farewell: Farewell) -> None:
    """Do not call it any more; nothing happens if it is unknown."""
    if farewell in _farewells:
        _farewells.remove(farewell)


def come_first() -> None:
    """Be called before everything that `atexit` knows so far, which may end links."""
    atexit.unregister(_say_all)
    atexit.register(_say_all)


def _say_all() -> None:
    while _farewells:
        try:
            _farewells.pop()()
        except Exception:
            _log.exception("A farewell failed")

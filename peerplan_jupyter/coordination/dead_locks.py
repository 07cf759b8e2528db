"""Lock files of a git that was killed, which would be in the way for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

DEAD = 5.0
"""Seconds after which a lock file is taken for one of a dead git."""


def drop_dead_locks(*locks: Path) -> None:
    """Take away those of `locks` that do not go away by themselves. Only for who knows that no
    other of ours writes there now.
    """
    if not until(lambda: not any(lock.exists() for lock in locks), DEAD):
        for lock in locks:
            lock.unlink(missing_ok=True)


def until(met: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so; whether it is, after so many seconds."""
    end = time.monotonic() + seconds
    while not met():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True

"""What a run that was killed left running: found by a mark in its environment, and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "ORC_RUN"
"""The variable that all processes of a run inherit."""
GRACE = 3.0


def end_leftovers(mark: str) -> int:
    """End all processes that were started with `mark`; returns how many there were. Nothing is
    done inside of that run itself.
    """
    if os.environ.get(MARK) == mark:
        return 0
    found = list(_marked(mark))
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        for pid in _marked(mark):
            with contextlib.suppress(OSError):
                os.kill(pid, number)
        _wait_for_none(mark)
    return len(found)


def _wait_for_none(mark: str) -> None:
    end = time.monotonic() + GRACE
    while time.monotonic() < end and any(_marked(mark)):
        time.sleep(0.05)


def _marked(mark: str) -> Iterator[int]:
    if sys.platform == "linux":
        yield from _marked_linux(f"{MARK}={mark}".encode("utf-8", "surrogateescape"))
    else:
        yield from _marked_elsewhere(mark)


def _marked_linux(wanted: bytes) -> Iterator[int]:
    for place in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError, ValueError):
            # The last process of a killed one may be a zombie, whose environment is empty.
            if wanted in place.read_bytes().split(b"\0"):
                yield int(place.parent.name)


def _marked_elsewhere(mark: str) -> Iterator[int]:
    import psutil  # noqa: PLC0415

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                yield int(process.pid)

"""Python's cyclic garbage collector, kept out of the way of bulk work."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Run without cyclic collection, for the whole process.

    Making 10,000 models that all live on is what the collector takes for a leak: it goes through
    them again and again, for longer than making them takes.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()

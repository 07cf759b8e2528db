"""Runs a script by a wall clock that is wrong by some seconds, in Python and in Loro's stores."""

from __future__ import annotations

import runpy
import sys
import time
from typing import Any

import loro

from peerplan_jupyter.sync.presence import KEPT

Store = loro.EphemeralStore


class Shifted:
    """A store whose clock is wrong: the times of what it says are, and those of what it hears."""

    shift = 0.0

    def __init__(self, kept: int) -> None:
        self._store = Store(kept)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def apply(self, said: bytes) -> None:
        self._store.apply(moved(said, -self.shift))

    def encode(self, peer: str) -> bytes:
        return moved(self._store.encode(peer), self.shift)

    def encode_all(self) -> bytes:
        return moved(self._store.encode_all(), self.shift)


def moved(said: bytes, seconds: float) -> bytes:
    store = Store(KEPT)
    store.apply(said)
    told = [store.encode(peer) for peer in store.keys()]  # noqa: SIM118 - no mapping
    if not told and len(said) > 1:
        told = [said]  # it says that somebody is gone
    return bytes((len(told),)) + b"".join(one[1:-6] + later(one[-6:], seconds) for one in told)


def later(stamp: bytes, seconds: float) -> bytes:
    """A time as a store writes it: milliseconds, doubled, as a varint of that length until 2039."""
    number = sum((byte & 0x7F) << 7 * at for at, byte in enumerate(stamp)) + int(seconds * 2000)
    return bytes(number >> 7 * at & 0x7F | 0x80 * (at < 5) for at in range(6))


def main() -> None:
    Shifted.shift, real, nanoseconds = float(sys.argv[1]), time.time, time.time_ns
    time.time = lambda: real() + Shifted.shift
    time.time_ns = lambda: nanoseconds() + int(Shifted.shift * 1e9)
    loro.EphemeralStore = Shifted  # type: ignore[assignment,misc]
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()

"""What one peer may ask of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Clock: TypeAlias = Callable[[], float]
"""Seconds that only rise, such as `time.monotonic`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds. The size of a frame is the codec's."""

    fragment: int = 240 * 1024
    """Updates above this are sent in fragments of this size."""
    update: int = 64_000_000
    """One update, after its fragments were put together. Not below `document`, since who joins
    may be sent all of it at once."""
    reassembly: int = 72_000_000
    """All batches of a session whose fragments are still arriving, as announced."""
    fragments: int = 4096
    """Fragments of one batch."""
    fragment_timeout: float = 10.0
    """How long a batch may wait for its next fragment."""
    document: int = 64_000_000
    """The document with all its history."""
    presence: int = 128 * 1024
    """The presence of all peers together, and so one message of it."""
    presence_value: int = 4096
    """What one peer says about itself, as JSON."""
    presence_peers: int = 200
    """Peers whose presence is kept."""
    introduction: int = 16 * 1024
    """The authentication payload of a join."""
    messages_per_second: float = 1000.0
    """Sustained rate of one session; a sender keeps to a quarter of it."""
    burst: int = 4000
    """Messages that may come at once after a quiet time."""
    invalid_updates: int = 3
    """Refused updates after which a peer is put out."""
    window: int = 8
    """Batches that may wait for their Ack; what comes then is sent together."""
    rooms: int = 64
    """Rooms that one connection may join."""
    outbox: int = 96_000_000
    """What may wait for a peer that reads slowly."""
    keepalive: float = 15.0
    """Silence after which a ping is sent."""
    silence: float = 45.0
    """Silence after which a connection counts as dead."""


class TokenBucket:
    """Holds up to `burst` tokens and gains `rate` per second."""

    def __init__(self, rate: float, burst: float, clock: Clock) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._tokens, self._at = float(burst), clock()

    def take(self) -> bool:
        """Takes one token; False if there is none."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def spend(self, amount: float = 1) -> float:
        """Takes `amount` in any case; seconds until no token is owed any more."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate) - amount
        self._at = now
        return max(0.0, -self._tokens / self._rate)

"""What a lock file says: whose lease it is, and when it was last renewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .process import Process
from .record import printable, seconds

LONGEST = 7 * 86_400
"""Seconds that a lease may last without being renewed."""


@dataclass(frozen=True)
class Lease:
    """A lease on one task, among those who share a file system."""

    owner: str
    """Who works there, for people: `alice@laptop`."""
    heartbeat: float
    """Unix seconds by the holder's clock, for people; nothing is decided by it."""
    ttl: float
    """Seconds after which it may be taken over, if it stays as it is."""
    acquired: float
    beat: int
    """How often it was renewed."""
    token: str
    process: Process

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Lease:
        """What `to_dict` gave. `ValueError` for anything else."""
        ttl = seconds(data.get("ttl"))
        if not 0 < ttl <= LONGEST:
            raise ValueError(f"{ttl} s is not how long a lease lasts")
        beat, token = data.get("beat"), data.get("token")
        if not isinstance(beat, int) or not isinstance(token, str) or not token:
            raise ValueError("a lease has a token and counts its heartbeats")
        return cls(
            printable(str(data.get("owner"))),
            seconds(data.get("heartbeat")),
            ttl,
            seconds(data.get("acquired")),
            beat,
            token,
            Process.from_dict(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "owner": self.owner,
            "heartbeat": self.heartbeat,
            "ttl": self.ttl,
            "acquired": self.acquired,
            "beat": self.beat,
            "token": self.token,
            **self.process.to_dict(),
        }

    @property
    def mark(self) -> str:
        """Another one with each renewal."""
        return f"{self.token} {self.beat}"

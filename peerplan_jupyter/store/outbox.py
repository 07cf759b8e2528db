"""Publications that could not be made yet, and why."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .journal import Journal


class Pending(NamedTuple):
    """A plan that waits to be published. `queued` and `tried` are Unix seconds."""

    plan_id: str
    reason: str
    """The code of the error that stopped it."""
    error: str
    """What the last attempt said."""
    attempts: int
    queued: int
    tried: int

    def to_wire(self) -> dict[str, Any]:
        """Why it waits, as JSON: `{"reason", "error", "attempts", "queued", "tried"}`."""
        return {name: value for name, value in self._asdict().items() if name != "plan_id"}


class Outbox:
    """The outbox in a journal: at most one entry per plan, because a publication holds all."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def queue(self, plan_id: str, reason: str, error: str) -> None:
        """Keep that publishing a plan failed; again for every attempt."""
        now = int(time.time())
        with self._journal.transaction() as connection:
            connection.execute(
                "INSERT INTO outbox VALUES (?1, ?2, ?3, 1, ?4, ?4) ON CONFLICT (plan_id) DO UPDATE"
                " SET reason = ?2, error = ?3, attempts = attempts + 1, tried = ?4",
                (plan_id, reason, error, now),
            )

    def pending(self) -> list[Pending]:
        """What waits, longest first."""
        rows = self._journal.rows(
            "SELECT plan_id, reason, error, attempts, queued, tried FROM outbox"
            " ORDER BY queued, plan_id"
        )
        return [Pending(*row) for row in rows]

    def done(self, plan_id: str) -> None:
        """Take a plan out: it is published, or nobody wants it any more."""
        with self._journal.transaction() as connection:
            connection.execute("DELETE FROM outbox WHERE plan_id = ?", (plan_id,))

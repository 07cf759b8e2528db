"""What each reader on this machine has read, for unread counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .journal import Journal


class Seen:
    """The items read, in a journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def mark(self, plan_id: str, reader: str, items: Sequence[str]) -> None:
        """Record that `reader` has read `items`."""
        with self._journal.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)",
                [(plan_id, reader, item) for item in items],
            )

    def items(self, plan_id: str, reader: str) -> set[str]:
        """What `reader` has read of a plan."""
        rows = self._journal.rows(
            "SELECT item FROM seen WHERE plan_id = ? AND reader = ?", (plan_id, reader)
        )
        return {item for (item,) in rows}

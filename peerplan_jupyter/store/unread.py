"""What of a plan's feed a reader has not read. Only what is new since the last time is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .journal import Journal

_COUNT = """
SELECT count(*) FILTER (WHERE kind <> 'edit' AND json_extract(item, '$.by') IS NOT ?2 AND NOT EXISTS
  (SELECT 1 FROM seen WHERE plan_id = ?1 AND reader = ?2 AND item = feed.key)), max(at), max(seq)
FROM feed WHERE plan_id = ?1 AND seq > ?3
"""
_SEEN = "SELECT count(*) FROM seen WHERE plan_id = ? AND reader = ?"


class Standing(NamedTuple):
    """Where a reader stands in a plan's feed."""

    unread: int
    """What others did that the reader has not read; edits of the plan do not count."""
    updated: int
    """When something happened last, in Unix seconds; 0 where nothing did."""


class _Counted(NamedTuple):
    standing: Standing
    upto: int
    seen: int


class Unread:
    """The counts in a journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._known: dict[tuple[str, str], _Counted] = {}

    def standing(self, plan_id: str, reader: str) -> Standing:
        """Where a reader stands in the feed of a plan."""
        ((seen,),) = self._journal.rows(_SEEN, (plan_id, reader))
        before = self._known.get((plan_id, reader), _Counted(Standing(0, 0), 0, seen))
        # What is read now may have been counted before, so all is counted again.
        start = before if before.seen == seen else _Counted(Standing(0, 0), 0, seen)
        ((unread, at, upto),) = self._journal.rows(_COUNT, (plan_id, reader, start.upto))
        standing = Standing(start.standing.unread + unread, max(start.standing.updated, at or 0))
        self._known[plan_id, reader] = _Counted(standing, upto or start.upto, seen)
        return standing

    def forget(self, plan_id: str) -> None:
        """A plan is not in the journal any more."""
        self._known = {key: one for key, one in self._known.items() if key[0] != plan_id}

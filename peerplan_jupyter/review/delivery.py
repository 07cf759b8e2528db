"""Delivery: whether what a guest wrote has come to an owner of the plan."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ..sync.mesh.mesh import Mesh
from ..sync.plans import PlanEvent, Plans

SOON = 0.1
"""Seconds between two looks at whether what is on its way was acknowledged."""
MOST = 10_000
"""Entries of the feed that are read at once."""
_log = logging.getLogger(__name__)


class Delivery:
    """Notes in the journal what owners acknowledged, as what the room has seen, so that it is known
    when nobody is there. On the peer's thread.

    `told` is called when there is more to know.
    """

    def __init__(self, plans: Plans, mesh: Mesh, told: Callable[[], None]) -> None:
        self._plans, self._mesh, self._told = plans, mesh, told
        self._upto = 0
        self._waiting: dict[str, None] = {}
        self._due = asyncio.Event()
        self._stop = plans.subscribe(self._changed)
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(_log_failure)

    def look(self) -> None:
        """Who is in the room may be others than before."""
        self._due.set()

    def close(self) -> None:
        """Look no more."""
        self._stop()
        self._task.cancel()

    def unsent(self) -> list[str]:
        """The keys of the news that no owner has, oldest first."""
        standing, journal = self._mesh.standing, self._plans.journal
        rows = journal.feed_after(standing.plan, self._upto, MOST)
        self._upto = rows[-1].seq if rows else self._upto
        who = standing.ticket.actor.id
        waiting = [*self._waiting, *(row.key for row in rows if row.item.get("by") == who)]
        seen = journal.seen_items(standing.plan, standing.room) if waiting else set()
        self._waiting = dict.fromkeys(key for key in waiting if key not in seen)
        return list(self._waiting)

    def _changed(self, event: PlanEvent) -> None:
        if event.plan_id == self._mesh.standing.plan:
            self._due.set()

    async def _run(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            while self._mesh.owner_is_here and self._waits():
                await asyncio.sleep(SOON)

    def _waits(self) -> bool:
        """Whether something is still on its way; what has arrived is noted."""
        unsent = self.unsent()
        # What another process wrote is sent when it is read from the journal.
        self._plans.poll()
        if not unsent or not self._mesh.owner_has_all:
            return bool(unsent)
        standing = self._mesh.standing
        self._plans.journal.mark_seen(standing.plan, standing.room, unsent)
        self._told()
        return False


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("What was delivered is not noted any more", exc_info=error)

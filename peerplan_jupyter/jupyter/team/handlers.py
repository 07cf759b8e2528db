"""A team's server over HTTP: reports in, the dashboard's data out."""

from __future__ import annotations

from collections.abc import Callable

from tornado import web

from ..base import BodyHandler, PlanAPIHandler
from ..events import EventsSocket

LARGEST = 32_768
"""Bytes of a report."""


class ReportHandler(BodyHandler):
    """Where runs are reported: `start`, `heartbeat`, `stop`, `cost`."""

    async def limit(self) -> int:
        """See `BodyHandler`."""
        return LARGEST

    @web.authenticated
    async def post(self, kind: str) -> None:
        """`{}` once it is kept."""
        await self.host.teams.report(self.current_user, kind, self.object())
        self.finish({})


class DashboardHandler(PlanAPIHandler):
    """What was reported."""

    @web.authenticated
    async def get(self) -> None:
        """A `Dashboard`."""
        self.set_header("Cache-Control", "no-store")
        self.finish(await self.host.teams.dashboard())


class ReportsSocket(EventsSocket):
    """Says `{"kind": "team"}` when something was reported."""

    kind = "team"

    async def _subscribed(self) -> Callable[[], None]:
        return self.host.teams.subscribe(self._changed)


class TasksHandler(PlanAPIHandler):
    """The tasks of the server's repository, as `orc list --team` has them."""

    @web.authenticated
    async def get(self) -> None:
        """`{"list"}`, a `TaskList` or null. `?fetch=1` asks the team's remote first."""
        fetch = self.get_query_argument("fetch", "") == "1"
        self.set_header("Cache-Control", "no-store")
        self.finish(await self.host.teams.tasks(fetch=fetch))

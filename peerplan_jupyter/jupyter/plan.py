"""One plan over HTTP: its view, its `plan.json`, operations, publishing."""

from __future__ import annotations

from tornado import web

from .base import BodyHandler, PlanAPIHandler


class PlanHandler(PlanAPIHandler):
    """The plan's view."""

    @web.authenticated
    async def get(self, plan_id: str) -> None:
        """`{"seq", "plan", "live"}`."""
        service = await self.host.service()
        self.finish(await service.view(self.current_user, plan_id))


class PlanJsonHandler(PlanAPIHandler):
    """The plan as it would be published now."""

    @web.authenticated
    async def get(self, plan_id: str) -> None:
        """`plan.json`."""
        service = await self.host.service()
        self.finish(await service.plan_json(plan_id))


class OperationsHandler(BodyHandler):
    """Where operations go in."""

    @web.authenticated
    async def post(self, plan_id: str) -> None:
        """Apply one operation, or a list of them in order; answered when all are durable.

        With a list the first that fails ends it: `error.data.applied` says how many came before.
        """
        sent = self.json()
        service = await self.host.service()
        operations = sent if isinstance(sent, list) else [sent]
        seq, ids = await service.apply(self.current_user, plan_id, operations)
        self.finish({"seq": seq, "ids": ids})


class PublishHandler(PlanAPIHandler):
    """Publishing now, rather than by itself."""

    @web.authenticated
    async def post(self, plan_id: str) -> None:
        """`{"commit", "folder", "pushed"}`."""
        service = await self.host.service()
        done = await service.publish(plan_id)
        self.finish({"commit": done.commit, "folder": done.folder, "pushed": done.pushed})

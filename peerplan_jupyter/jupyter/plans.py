"""The plans of a server over HTTP: list them, begin one, open one by its URL."""

from __future__ import annotations

from tornado import web

from ..errors import InvalidInputError
from .base import BodyHandler


class PlansHandler(BodyHandler):
    """`GET` lists plans in a few words each, `POST` begins one from a `create_plan` operation."""

    @web.authenticated
    async def get(self) -> None:
        """`{"plans": [summary…], "losses": [sentence…]}`; `unread` is for who asks, `losses` are
        plans and changes that broken journals took away.
        """
        service = await self.host.service()
        plans = await service.summaries(self.current_user)
        self.finish({"plans": plans, "losses": await service.losses()})

    @web.authenticated
    async def post(self) -> None:
        """`{"planId", "seq"}` once the plan is durable; it belongs to the server's repository."""
        service = await self.host.service()
        plan_id, seq = await service.create(self.current_user, self.object())
        self.set_status(201)
        self.finish({"planId": plan_id, "seq": seq})


class OpenHandler(BodyHandler):
    """`POST {"url"}` brings a plan here by what a person pasted."""

    @web.authenticated
    async def post(self) -> None:
        """`{"planId"}`."""
        url = self.object().get("url")
        if not isinstance(url, str):
            raise InvalidInputError('There is no "url" in the request.', hint="Paste a plan URL.")
        service = await self.host.service()
        self.finish({"planId": await service.open(self.current_user, url)})

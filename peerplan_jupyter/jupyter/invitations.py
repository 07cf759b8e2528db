"""Invitations to a plan over HTTP: give one away, list them, take one back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado import web

from .address import room_address
from .base import BodyHandler

if TYPE_CHECKING:
    from ..review.sharing import Sharing


class _Handler(BodyHandler):
    async def sharing(self, plan_id: str) -> Sharing:
        """The caller's, who is asked for a token before."""
        service = await self.host.service()
        return await service.sharing(self.current_user, plan_id, room_address(self))


class InvitationsHandler(_Handler):
    """What was given away, and giving one more."""

    @web.authenticated
    async def get(self, plan_id: str) -> None:
        """`{"invitations": [{id, role, expires, at, note, url, state}…]}`, the last first."""
        sharing = await self.sharing(plan_id)
        self.finish({"invitations": await sharing.invitations()})

    @web.authenticated
    async def post(self, plan_id: str) -> None:
        """`{"role"?, "seconds"?, "note"?}` makes one: its `url` is what to send to somebody."""
        wanted = self.object()
        sharing = await self.sharing(plan_id)
        self.set_status(201)
        self.finish(await sharing.invite(wanted))


class InvitationHandler(_Handler):
    """One of them."""

    @web.authenticated
    async def delete(self, plan_id: str, invitation: str) -> None:
        """Take it back: nobody comes in with it any more, and who did is put out."""
        sharing = await self.sharing(plan_id)
        await sharing.revoke(invitation)
        self.set_status(204)
        self.finish()

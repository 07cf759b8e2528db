"""Invitations to a plan over HTTP: give one away, list them, take one back."""

from __future__ import annotations

from tornado import web

from .base import BodyHandler


class InvitationsHandler(BodyHandler):
    """What was given away, and giving one more."""

    @web.authenticated
    async def get(self, plan_id: str) -> None:
        """`{"invitations": [{id, role, expires, at, note, url, state}…]}`, the last first."""
        service = await self.host.service()
        self.finish({"invitations": await service.invitations(plan_id)})

    @web.authenticated
    async def post(self, plan_id: str) -> None:
        """`{"role"?, "seconds"?, "note"?}` makes one: its `url` is what to send to somebody."""
        service = await self.host.service()
        wanted = self.object()
        made = await service.invite(self.current_user, plan_id, wanted, self._own_address())
        self.set_status(201)
        self.finish(made)

    def _own_address(self) -> str:
        """The room server in this Jupyter server, as whoever asks reaches it."""
        scheme = "wss" if self.request.protocol == "https" else "ws"
        return f"{scheme}://{self.request.host}{self.base_url}peerplan/room"


class InvitationHandler(BodyHandler):
    """One of them."""

    @web.authenticated
    async def delete(self, plan_id: str, invitation: str) -> None:
        """Take it back: nobody comes in with it any more, and who did is put out."""
        service = await self.host.service()
        await service.revoke(self.current_user, plan_id, invitation)
        self.set_status(204)
        self.finish()

"""Inviting: links by which others come into the room of a plan, and coming in by one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ForbiddenError, InvalidInputError, NotFoundError
from ..git.remote import find_remote
from ..git.repository import Repository
from ..plan.operations import parse_operation
from ..plan.roles import MemberRole
from ..store.rooms import Issued, KeptRoom
from ..store.url import LOCAL_URL, plan_url
from ..sync.handshake import Ticket
from ..sync.invitation import Invitation, RoomSecret, issue
from ..sync.keys import KEY_SIZE, SALT_SIZE, b64u, unb64u
from ..sync.mesh.standing import Standing
from .identity import Identity, identity

if TYPE_CHECKING:
    from .workspace import Workspace

MAX_NOTE = 200


class Inviting:
    """The rooms of a workspace's user. Its coroutines may be awaited on any event loop."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.rooms = workspace.rooms

    async def invite(  # noqa: PLR0913
        self,
        plan_id: str,
        who: Identity,
        name: str,
        *,
        label: str = "",
        role: MemberRole = "reviewer",
        seconds: int | None = None,
        servers: Sequence[str] = (),
        ice: Sequence[dict[str, Any]] = (),
        note: str = "",
    ) -> Issued:
        """A new invitation to a plan, valid for `seconds` (None: until it is revoked).

        The first one makes the plan's room, which is `who`'s. Without `servers` and `ice` the
        settings say where peers meet. Raises `ForbiddenError` in a room of somebody else's,
        `InvalidInputError` where no room server is named, and `NotFoundError`.
        """
        await self._workspace.peer.acall(lambda plans: plans.get(plan_id))
        settings = self._workspace.settings.rooms
        met = tuple(servers) or settings.servers
        if not met:
            raise InvalidInputError(
                "No room server is named, so nobody could meet.",
                hint="Start JupyterLab with peerplan, name one with --server, or set "
                "[rooms] servers in settings.toml.",
            )
        room = self._own_room(plan_id, who, name, label, met)
        until = int(time.time()) + seconds if seconds else 0
        made = issue(who.key, secret_of(room), plan_id, role, until, met, ice or settings.ice)
        url = f"{await self._address(plan_id)}#{made.fragment()}"
        issued = Issued(
            id=made.id, role=role, expires=until, at=int(time.time()), note=note[:MAX_NOTE], url=url
        )
        await asyncio.to_thread(self.rooms.note, plan_id, issued)
        return issued

    async def issued(self, plan_id: str) -> list[dict[str, Any]]:
        """The invitations to a plan that were given away, the last first, with `state`: open,
        expired or revoked.
        """
        room = await asyncio.to_thread(self.rooms.get, plan_id)
        taken_back = await self._workspace.peer.acall(
            lambda plans: plans.get(plan_id).raw.values("revocations")
        )
        return [_told(one, one.id in taken_back) for one in reversed(room.issued if room else ())]

    async def revoke(self, plan_id: str, invitation: str, who: Identity, name: str) -> None:
        """Take an invitation back, by its id or a unique part of it; every peer hears of it."""
        room = await asyncio.to_thread(self.rooms.get, plan_id)
        known = [one.id for one in (room.issued if room else ()) if invitation in one.id]
        if len(known) != 1:
            raise NotFoundError(
                f"{len(known)} invitations to this plan match {invitation[:80]!r}.",
                hint="`peerplan invite PLAN --list` shows them.",
            )
        fields = {"op": "revoke_invitation", "invitation": known[0]}
        await self._workspace.submit(plan_id, parse_operation(fields, who.actor(name)))

    async def accept(self, text: str, plan_id: str, who: Identity, name: str, label: str) -> None:
        """Come into the room that the link in `text` opens, now and whenever this user's server
        runs. Raises what `Invitation.parse` raises.
        """
        invitation = Invitation.parse(text, plan_id)
        secret = invitation.secret
        known = await asyncio.to_thread(self.rooms.get, plan_id)
        if known is not None and known.owner == secret.owner and not known.link:
            await self._workspace.meetings.enter(self.standing(known))
            return
        room = KeptRoom(
            plan=plan_id, owner=secret.owner, salt=b64u(secret.salt), key=b64u(secret.key),
            label=label, name=name, link=text, servers=invitation.servers,
            role=invitation.grant.role, who=who.id,
        )  # fmt: skip
        await asyncio.to_thread(self.rooms.keep, room)
        ticket = Ticket(secret, plan_id, who.actor(name), who.key, invitation)
        await self._workspace.meetings.enter(Standing.invited(ticket, invitation))

    def taken_back(self, standing: Standing) -> None:
        """Remember that the owner said so of the invitation by which this user came; a newer one
        stays. `StorageError` if that cannot be kept.
        """
        room, invitation = self.rooms.get(standing.plan), standing.ticket.invitation
        if room is None or invitation is None or not room.link or room.over:
            return
        if Invitation.parse(room.link, room.plan, now=0).id == invitation.id:
            self.rooms.end(room)

    def standing(self, room: KeptRoom) -> Standing:
        """What this user is in a room that was kept.

        Raises `ForbiddenError` when the invitation is over.
        """
        who = identity(self._workspace.home.config / "identity", "human", room.label)
        secret, actor = secret_of(room), who.actor(room.name)
        if not room.link:
            ice = self._workspace.settings.rooms.ice
            return Standing(Ticket(secret, room.plan, actor, who.key), room.servers, ice)
        invitation = Invitation.parse(room.link, room.plan)
        return Standing.invited(Ticket(secret, room.plan, actor, who.key, invitation), invitation)

    def _own_room(
        self, plan_id: str, who: Identity, name: str, label: str, servers: tuple[str, ...]
    ) -> KeptRoom:
        room = self.rooms.get(plan_id)
        if room is not None and room.owner != who.id:
            raise ForbiddenError(
                "The room of this plan belongs to somebody else.", hint="Ask them to invite."
            )
        if room is None:
            secret = RoomSecret.new(who.id)
            room = KeptRoom(
                plan=plan_id, owner=who.id, salt=b64u(secret.salt), key=b64u(secret.key),
                label=label, name=name,
            )  # fmt: skip
        if not set(servers) <= set(room.servers):
            room = room.model_copy(
                update={"servers": tuple(dict.fromkeys((*room.servers, *servers)))}
            )
            self.rooms.keep(room)
        return room

    async def _address(self, plan_id: str) -> str:
        """The plan's URL, under which others may also read what is published."""
        page = self._workspace.settings.rooms.page
        binding, pr = await self._workspace.peer.acall(
            lambda plans: (plans.journal.binding(plan_id), plans.get(plan_id).field("pr"))
        )
        remote = (
            await asyncio.to_thread(_remote_of, binding.workdir, binding.remote) if binding else ""
        )
        if remote:
            return plan_url(remote, plan_id, pr, page=page)
        return f"{page or LOCAL_URL}?plan={plan_id}"


def secret_of(room: KeptRoom) -> RoomSecret:
    """What the members of a kept room share."""
    return RoomSecret(room.owner, unb64u(room.salt, SALT_SIZE), unb64u(room.key, KEY_SIZE))


def _told(one: Issued, revoked: bool) -> dict[str, Any]:
    over = bool(one.expires) and one.expires <= time.time()
    state = "revoked" if revoked else "expired" if over else "open"
    return {**one.model_dump(), "state": state}


def _remote_of(workdir: str, remote: str | None) -> str:
    """The address of the remote, if it is one that others can reach."""
    with Repository.open(Path(workdir)) as repository:
        found = find_remote(repository, remote)
    return found.url if found and "://" in found.url else ""

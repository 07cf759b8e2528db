"""Sharing: one person gives links to one plan away, and takes them back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from ..errors import ForbiddenError, InvalidInputError, NotFoundError
from ..plan.roles import MemberRole
from .identity import Identity
from .workspace import Workspace

LONGEST = 10**10
"""Seconds that an invitation may hold."""


@dataclass(frozen=True)
class Inviter:
    """Who invites, and at which room servers others meet them where the settings name none."""

    identity: Identity
    name: str
    label: str = ""
    servers: Callable[[], Sequence[str]] = tuple


class Sharing:
    """What a page is answered that asks about invitations. Only whose room it is gets answers: a
    link is a secret. Its coroutines may be awaited on any event loop.
    """

    def __init__(
        self,
        workspace: Workspace,
        plan_id: str,
        who: Inviter,
        enter: Callable[[], Awaitable[None]],
    ) -> None:
        """`enter` brings this process, or another of the user's, into the room that was made."""
        self._workspace, self._plan_id = workspace, plan_id
        self._who, self._enter = who, enter

    async def invite(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """A new invitation by `{"role"?, "seconds"?, "note"?}`, with its `url` and `state`.

        Raises what `Inviting.invite` raises.
        """
        role, seconds, note = _checked(wanted)
        who = self._who
        issued = await self._workspace.inviting.invite(
            self._plan_id,
            who.identity,
            who.name,
            label=who.label,
            role=role,
            seconds=seconds,
            servers=() if self._workspace.settings.rooms.servers else tuple(who.servers()),
            note=note,
        )
        await self._enter()
        return {**issued.model_dump(), "state": "open"}

    async def invitations(self) -> list[dict[str, Any]]:
        """Those that were given away, the last first; `ForbiddenError` in somebody else's room."""
        await self._check()
        return await self._workspace.inviting.issued(self._plan_id)

    async def revoke(self, invitation: str) -> None:
        """Take one back, by its whole id; `NotFoundError` for one that was not given away, and
        `ForbiddenError` in somebody else's room.
        """
        if invitation not in {one["id"] for one in await self.invitations()}:
            raise NotFoundError(f"{invitation[:80]!r} is no invitation to this plan.")
        who = self._who
        await self._workspace.inviting.revoke(self._plan_id, invitation, who.identity, who.name)

    async def _check(self) -> None:
        room = await asyncio.to_thread(self._workspace.rooms.get, self._plan_id)
        if room is not None and (room.link or room.owner != self._who.identity.id):
            raise ForbiddenError(
                "The room of this plan belongs to somebody else.", hint="Ask them to invite."
            )


def _checked(wanted: Mapping[str, Any]) -> tuple[MemberRole, int | None, str]:
    role, seconds = wanted.get("role", "reviewer"), wanted.get("seconds")
    if role not in get_args(MemberRole) or not (seconds is None or _is_time(seconds)):
        raise InvalidInputError(
            f"{str(role)[:40]!r} for {str(seconds)[:20]} seconds cannot be granted.",
            hint="Roles are owner, reviewer and viewer; seconds a whole number, or null.",
        )
    return role, seconds, str(wanted.get("note") or "")


def _is_time(seconds: Any) -> bool:
    return type(seconds) is int and 0 < seconds < LONGEST

"""Link: the connection of a kernel, or of an agent's process, with the user's Jupyter server."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.request
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..review.workspace import Workspace
from ..sync.transports.websocket import WebSocketLink
from .servers import own_servers

if TYPE_CHECKING:
    from ..review.company import Company

PATIENCE = 5.0
"""Seconds that the server may take to say which journal it writes to."""
Find = Callable[[], Sequence[dict[str, Any]]]
"""What servers wrote about themselves."""
_log = logging.getLogger(__name__)


class ServerLink:
    """Tells the server at once what changes here, and who is here, and hears the same from it.

    Only where both write the same journal: without the link each would notice the other's changes
    a moment later. Used on the peer's thread, but for `follow`.
    """

    def __init__(
        self, workspace: Workspace, find: Find = own_servers, again: float | None = None
    ) -> None:
        """`find` says which servers to ask; where none will do, it is asked again after `again`
        seconds, or never.
        """
        self._workspace, self._find, self._again = workspace, find, again
        self._plans: list[str] = []
        self._company: Company | None = None
        self._link: WebSocketLink | None = None
        self._looking = False

    def follow(self, plan_id: str) -> None:
        """Keep the server told of a plan; looks for the server at the first call."""
        self._workspace.peer.spawn(self._follow(plan_id))

    @property
    def live(self) -> bool:
        """Whether the server and this process tell each other what changes."""
        return self._link is not None and self._link.state.state == "live"

    def connection(self) -> dict[str, Any]:
        """How a page in front of this kernel is connected, for its view."""
        return {
            "state": "live",
            "path": "this kernel",
            "peers": 1 if self.live else 0,
            "unsent": 0,
            "since": None,
            "detail": "",
        }

    async def _follow(self, plan_id: str) -> None:
        if plan_id in self._plans:
            return
        self._plans.append(plan_id)
        if self._link is not None and self._company is not None:
            self._link.join(self._company.rooms.expect(plan_id))
        elif not self._looking:
            self._looking = True
            await self._look()

    async def _look(self) -> None:
        while (server := await self._found()) is None:
            if self._again is None:
                return
            await asyncio.sleep(self._again)
        await self._carry(server)

    async def _found(self) -> dict[str, Any] | None:
        for server in await asyncio.to_thread(self._find):
            if await self._is_ours(server):
                return server
        return None

    async def _carry(self, server: dict[str, Any]) -> None:
        company = await self._workspace.peer.acall(self._workspace.meetings.company)
        self._company = company
        address = "ws" + str(server["url"]).removeprefix("http") + "peerplan/peer"
        headers = {"Authorization": f"token {server.get('token', '')}"}
        self._link = WebSocketLink(address, company.terms(), headers=headers)
        for plan_id in self._plans:
            self._link.join(company.rooms.expect(plan_id))
        ended = await self._link.run()
        _log.info("The link with the Jupyter server ended: %s", ended.detail)

    async def _is_ours(self, server: dict[str, Any]) -> bool:
        epoch = await self._workspace.peer.acall(lambda plans: plans.journal.epoch)
        try:
            said = await asyncio.to_thread(_here, str(server["url"]), str(server.get("token", "")))
        except (OSError, ValueError, KeyError) as error:
            _log.info("The Jupyter server was not asked for its plans: %s", error)
            return False
        return isinstance(said, dict) and said.get("journal") == epoch


def _here(url: str, token: str) -> Any:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{url[:100]!r} is not an address.")
    asked = urllib.request.Request(  # noqa: S310 (checked above)
        f"{url}peerplan/api/here", headers={"Authorization": f"token {token}"}
    )
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310
        return json.load(answer)

"""The endpoint of agents, who may come with a token of their own."""

from __future__ import annotations

import asyncio
import hmac
from pathlib import Path

from jupyter_server.auth import User

from ..errors import PeerPlanError
from .asgi import ASGIApp, ASGIHandler
from .host import Host

AGENT = User(username="agent", name="Agent", display_name="Agent")


class AgentHandler(ASGIHandler):
    """MCP for whoever is authenticated in the server, and for who has the token for agents.

    That token opens only this endpoint, whose tools cannot decide: with the server's own token an
    agent could approve over REST, as the person whose server it is.
    """

    def initialize(self, app: ASGIApp, path: str, host: Host | None = None) -> None:
        """See `ASGIHandler`; `host` knows the token."""
        super().initialize(app, path)
        self.host = host

    async def prepare(self) -> None:  # type: ignore[override]
        """Admit the agent, or leave it to Jupyter."""
        if self.check_host() and await self._is_agent():
            self.current_user = self._jupyter_current_user = AGENT
            return
        await super().prepare()

    async def _is_agent(self) -> bool:
        scheme, _, given = self.request.headers.get("Authorization", "").partition(" ")
        if self.host is None or scheme.lower() not in {"bearer", "token"} or not given.strip():
            return False
        try:
            wanted = await asyncio.to_thread(_token, self.host.settings.home)
        except PeerPlanError as error:
            self.log.warning("%s", error.message)
            return False
        return hmac.compare_digest(given.strip().encode(), wanted.encode())


def _token(home: Path | None) -> str:
    from ..store.agent_token import agent_token  # noqa: PLC0415 (not at the server's start)
    from ..store.home import Home  # noqa: PLC0415

    return agent_token(Home.under(home) if home else Home.default())

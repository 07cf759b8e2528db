"""Desk: what every tool works with. Who calls, about which plan, from which folder."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from mcp.server.mcpserver import Context

from ..errors import NotFoundError
from ..git.repository import Repository
from ..plan.operations import parse_operation
from ..plan.schema import Actor
from ..review.fence import one_line
from ..review.receipts import acknowledge, everything
from ..review.workspace import Workspace
from ..sync.plans import Plans
from .connection import connection_of
from .texts import Texts
from .visits import Visits

T = TypeVar("T")
Call: TypeAlias = Context[Visits, Any]
_log = logging.getLogger(__name__)
SESSION_HEADER = "mcp-session-id"


@dataclass(frozen=True)
class Caller:
    """An agent that calls, and the visits of the transport that it calls through."""

    actor: Actor
    key: str
    visits: Visits


class Desk:
    """Turns calls into operations of an agent; there is one for a server."""

    def __init__(self, workspace: Workspace, root: Path | None) -> None:
        self.workspace = workspace
        self.root = root.resolve() if root else None
        self.texts = Texts()
        self._actors: dict[str, Actor] = {}

    async def caller(self, call: Call) -> Caller:
        """Who calls: an agent under the name that its client gives itself, never a person."""
        params = call.session.client_params
        name = one_line(params.client_info.name if params else "", 60) or "agent"
        if name not in self._actors:
            make = self.workspace.actor
            self._actors[name] = await asyncio.to_thread(make, "agent", name, name)
        actor, visits = self._actors[name], call.request_context.lifespan_context
        session = (call.headers or {}).get(SESSION_HEADER, "")
        key = visits.key(session[-12:], actor)
        if session:
            _on_close(call, visits, key)
        return Caller(actor, key, visits)

    async def at(self, call: Call, plan: str) -> tuple[str, Caller]:
        """The plan that is meant and who calls, who is with the plan from now on."""
        caller = await self.caller(call)
        plan_id = await self.find(plan)
        await self.arrive(plan_id, caller)
        return plan_id, caller

    async def arrive(self, plan_id: str, caller: Caller) -> None:
        """Note that an agent is with a plan; at first that received what people wrote before."""
        if caller.visits.call(caller.key, plan_id, caller.actor):
            await self.read(lambda plans: _received(plans, plan_id, caller.actor))

    async def find(self, plan: str) -> str:
        """The id of the plan that is meant; `NotFoundError` says which there are."""
        try:
            return await self.workspace.find(plan)
        except NotFoundError as error:
            raise NotFoundError(
                error.message, hint="list_plans shows those there are.", **error.data
            ) from None

    async def read(self, function: Callable[[Plans], T]) -> T:
        """What `function` reads off the documents, on the peer's thread."""
        return await self.workspace.peer.acall(function)

    def later(self, function: Callable[[Plans], None]) -> None:
        """Run `function` on the peer's thread after the answer, which need not wait for it."""
        self.workspace.peer.post(function).add_done_callback(_noted)

    async def submit(self, plan_id: str, caller: Caller, **wire: Any) -> str:
        """Apply one operation as the caller's; keys are those of the wire, None is left out.
        Returns the operation's id.
        """
        told = {key: value for key, value in wire.items() if value is not None}
        operation = parse_operation(told, caller.actor)
        await self.workspace.submit(plan_id, operation, caller.key)
        return operation.id

    def folder(self, path: str) -> Path:
        """The folder that is meant: `path`, or the root. `NotFoundError` where there is neither."""
        if path:
            folder = Path(path).expanduser()
            return self.root / folder if self.root else folder
        if self.root is None:
            raise NotFoundError(
                "This server works in no folder.", hint="Pass `repository`, a folder."
            )
        return self.root

    async def repository(self, path: str) -> Path | None:
        """The folder to publish from: `path`, or the root if it is in a repository, or none."""
        if path:
            return self.folder(path)
        if self.root is None:
            return None
        inside: bool = await asyncio.to_thread(_in_repository, self.root)
        return self.root if inside else None


def _noted(done: Future[None]) -> None:
    if not done.cancelled() and done.exception():
        _log.error("What an agent read could not be recorded", exc_info=done.exception())


def _received(plans: Plans, plan_id: str, actor: Actor) -> None:
    acknowledge(plans, plan_id, actor, everything(plans.get(plan_id)), "received")


def _in_repository(folder: Path) -> bool:
    try:
        Repository.open(folder).close()
    except NotFoundError:
        return False
    return True


def _on_close(call: Call, visits: Visits, key: str) -> None:
    """Leave when a session of the earlier protocol ends over HTTP."""
    connection = connection_of(call.session)
    if connection is not None and key not in connection.state:
        connection.state[key] = True
        connection.exit_stack.callback(visits.hang_up, key)

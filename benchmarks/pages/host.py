"""A Python peer that has a plan and lets pages into its room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home


@asynccontextmanager
async def hosting(home: Path, plan: str, update: bytes, server: str) -> AsyncIterator[Any]:
    """What makes a page a reviewer there (see `OursGiven`)."""
    with Workspace(Home.under(home)) as workspace:
        workspace.peer.call(lambda plans: plans.take_in(plan, update))
        who = workspace.identity("human")
        issued = await workspace.inviting.invite(plan, who, "Ada", servers=[server])
        room = workspace.rooms.get(plan)
        assert room is not None
        await workspace.meetings.enter(workspace.inviting.standing(room))
        yield {"plan": plan, "servers": [server], "fragment": issued.url.partition("#")[2]}
        await workspace.meetings.close()

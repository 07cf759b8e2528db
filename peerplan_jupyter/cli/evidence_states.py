"""The state of every artifact's hash, once all of them are known."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..review.workspace import Workspace


async def evidence_states(workspace: Workspace, plan_id: str) -> dict[str, dict[str, str]]:
    """`{artifact id: {"state", "detail"}}` of what is not withdrawn; waits for checks to end.

    Runs on the peer's loop, where `Workspace.run` puts it.
    """
    told = asyncio.Event()
    stop = workspace.custody.subscribe(lambda _: told.set())
    try:
        await workspace.custody.check(plan_id)
        while True:
            told.clear()
            states = await workspace.peer.acall(lambda p: workspace.custody.states(p, plan_id))
            due = await workspace.peer.acall(lambda p: p.get(plan_id).artifacts.values())
            states = {one.id: states[one.id] for one in due if one.hash and not one.withdrawn}
            if all(one["state"] != "checking" for one in states.values()):
                return states
            await told.wait()
    finally:
        stop()

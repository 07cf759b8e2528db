"""What a kernel has of plans: one workspace, begun at first use."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

from ..plan.schema import Actor
from ..review.sharing import Inviter, Sharing
from ..review.workspace import Workspace
from .link import ServerLink
from .people import person_name
from .servers import own_rooms

_lock = threading.Lock()
_started: dict[int, Workspace] = {}
_links: dict[int, ServerLink] = {}


def kernel_workspace() -> Workspace:
    """The workspace of this process, on the same journal as the user's Jupyter server and commands.

    Begun at the first call, in a forked child anew; closed when the process ends.
    """
    with _lock:
        if os.getpid() not in _started:
            _started[os.getpid()] = Workspace().start()
        return _started[os.getpid()]


def server_link(workspace: Workspace) -> ServerLink:
    """The workspace's link with the server that started this kernel."""
    with _lock:
        return _links.setdefault(id(workspace), ServerLink(workspace))


def kernel_sharing(workspace: Workspace, plan_id: str, person: Actor) -> Sharing:
    """Giving links to a plan away from a kernel; they name the room server beside it."""
    who = Inviter(workspace.identity("human"), person.name, servers=own_rooms)
    return Sharing(workspace, plan_id, who, lambda: enter_own_room(workspace, plan_id))


async def enter_own_room(workspace: Workspace, plan_id: str) -> None:
    """Live in the room that this user made for a plan, unless the user's server does."""
    if not server_link(workspace).live:
        await enter_room(workspace, plan_id)


async def enter_room(workspace: Workspace, plan_id: str) -> None:
    """Live in the room of a plan, if there is one."""
    room = await asyncio.to_thread(workspace.rooms.get, plan_id)
    if room is not None:
        standing = await asyncio.to_thread(workspace.inviting.standing, room)
        await workspace.meetings.enter(standing)


def notebook_person() -> Actor:
    """The person who runs the notebook, called as git knows them in the working directory."""
    return kernel_workspace().actor("human", person_name(Path.cwd()))

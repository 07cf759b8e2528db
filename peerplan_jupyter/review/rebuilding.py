"""Filling a new journal with what was published, after the old one was found broken."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from ..errors import PeerPlanError
from ..git.repository import Repository
from ..store.reading import list_published
from .workspace import Workspace

_log = logging.getLogger(__name__)


async def rebuild(workspace: Workspace, folder: Path) -> list[str]:
    """Open every plan on the plan branch of the repository at `folder`; the ids of those that
    could be read. What was never published from there is not found again.
    """
    found: list[str] = []
    for plan_id in await asyncio.to_thread(_published, folder):
        try:
            found.append(await workspace.open(plan_id, folder))
        except PeerPlanError as error:
            _log.warning("The plan %s could not be read back: %s", plan_id, error.message)
    if found:
        workspace.was_rebuilt()
    return found


def _published(folder: Path) -> list[str]:
    try:
        with Repository.open(folder) as repository:
            return sorted({place.plan_id for place in list_published(repository)})
    except PeerPlanError as error:
        _log.warning("There is no plan branch to read plans back from: %s", error.message)
        return []

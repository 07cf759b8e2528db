"""Bringing in what others published of a plan, where only git carries it."""

from __future__ import annotations

import asyncio
import hashlib

from ..errors import NotFoundError
from ..git.process import NETWORK_TIMEOUT
from ..git.remote import fetch, find_remote
from ..git.repository import Repository
from ..plan.trial import trial_import
from ..store.names import PLAN_BRANCH
from ..store.reading import read_local
from ..store.url import PlanRef
from .workspace import Workspace


class Receiver:
    """Looks for a plan on the plan branch of its repository's remote, each time it is asked."""

    def __init__(self, workspace: Workspace, plan_id: str) -> None:
        self._workspace = workspace
        self._plan_id = plan_id
        self._seen = ""
        self._taken = b""

    async def receive(self, timeout: float = NETWORK_TIMEOUT) -> bool:
        """Merge what is newer at the remote; whether there was anything to look at.

        Raises a `GitError` or `UnreachableError` when the remote does not answer, and
        `DocumentError` for what is no plan.
        """
        document = await asyncio.to_thread(self._published, timeout)
        if document is None or hashlib.sha256(document).digest() == self._taken:
            return False
        base = await self._workspace.peer.acall(
            lambda plans: plans.get(self._plan_id).updates_since()
        )
        await asyncio.to_thread(trial_import, document, base)
        await self._workspace.peer.acall(
            lambda plans: plans.take_in(self._plan_id, document, "branch")
        )
        self._taken = hashlib.sha256(document).digest()
        return True

    def _published(self, timeout: float) -> bytes | None:
        """The document as the remote has it, or None where nothing came since the last time."""
        binding = self._workspace.peer.call(lambda plans: plans.journal.binding(self._plan_id))
        if binding is None:
            return None
        with Repository.open(binding.workdir) as repository:
            remote = find_remote(repository, binding.remote)
            tip = fetch(repository, remote, PLAN_BRANCH, timeout) if remote else None
            if tip is None or tip == self._seen:
                return None
            self._seen = tip
            try:
                return read_local(repository, PlanRef(plan_id=self._plan_id)).plan_loro
            except NotFoundError:
                return None

"""Taking in what a broken journal still tells, and saying what it does not tell any more."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import DocumentError, PeerPlanError
from ..plan.document import PlanDocument
from ..plan.guard import holds
from ..store.bindings import Binding
from ..store.database import storage
from ..store.recovery import Recovery
from ..store.repositories import Repositories
from ..store.salvage import readable_updates
from ..sync.plans import Plans

if TYPE_CHECKING:
    from .workspace import Workspace

_log = logging.getLogger(__name__)


async def salvage(
    workspace: Workspace, broken: Path, published: list[str], due: list[str]
) -> Recovery:
    """Take in what the file `broken` tells, published or not, and keep beside it what came of it.

    `published` are the plans that were read back from git just now, `due` those that are to be.
    """
    journal = workspace.home.journal
    with storage(journal):
        readable = await asyncio.to_thread(readable_updates, broken)
        bindings = Repositories(journal).read()
    made = Recovery(broken, published=published)
    for plan_id in dict.fromkeys([*bindings, *readable]):
        taken = partial(_take_in, plan_id=plan_id, updates=readable.get(plan_id, []))
        found = await workspace.peer.acall(taken)
        if found.here and plan_id in readable and plan_id not in published:
            made.salvaged.append(plan_id)
            await _bind(workspace, plan_id, bindings.get(plan_id))
        if found.here and not found.whole:
            made.incomplete.append(plan_id)
        if not found.here and plan_id not in due:
            made.lost[plan_id] = bindings[plan_id].workdir if plan_id in bindings else ""
    with storage(journal):
        made.keep()
    return made


class _Found(NamedTuple):
    here: bool
    whole: bool


def _take_in(plans: Plans, plan_id: str, updates: list[bytes]) -> _Found:
    """Whether the plan is here, and with all of the updates; those that depend on lost ones are
    left out.
    """
    whole = True
    try:
        here = [plans.get(plan_id).updates_since()] if plans.has(plan_id) else []
        document = PlanDocument.load(here)
        for update in updates:
            with contextlib.suppress(DocumentError):
                document.import_updates(update)
        whole = all(holds(document.doc, update) for update in updates)
        if document.exists:
            plans.take_in(plan_id, document.updates_since())
        return _Found(plans.has(plan_id), whole)
    except PeerPlanError as error:
        _log.warning("The plan %s cannot be read in the broken file: %s", plan_id, error.message)
        return _Found(here=False, whole=False)


async def _bind(workspace: Workspace, plan_id: str, binding: Binding | None) -> None:
    if binding is None:
        return
    try:
        await workspace.bind(plan_id, Path(binding.workdir), binding.remote or "origin")
    except PeerPlanError as error:
        _log.warning("The plan %s has no repository now: %s", plan_id, error.message)

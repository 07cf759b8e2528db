"""Filling a new journal after the old one was found broken: with what was published, and with what
can still be read in the broken file.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from ..errors import DocumentError, GitError, PeerPlanError, StorageError
from ..git.repository import Repository
from ..plan.document import PlanDocument
from ..store.bindings import Binding
from ..store.database import BUSY_SECONDS, rebuild_marker, storage
from ..store.reading import list_published
from ..store.repositories import Repositories
from ..store.salvage import readable_updates
from ..sync.plans import Plans

if TYPE_CHECKING:
    from .workspace import Workspace

_log = logging.getLogger(__name__)


def rebuild(workspace: Workspace) -> list[str]:
    """Open what is published of the plans that a broken journal had, each from the repository that
    it was published from, and publish it from there again; the ids of those that were read.

    Then what the broken file still tells is taken in, published or not. Nothing where no journal
    was lost. Plans whose repository is not there now are due again when a workspace starts next, in
    whichever process. Where it is not known which plans there were, all on the plan branch at hand
    are read. What was never published, and cannot be read in the broken file, is not found again.
    """
    marker = rebuild_marker(workspace.home.journal)
    if not marker.exists():
        return []
    try:
        with filelock.FileLock(marker.with_name(f"{marker.name}.lock"), timeout=BUSY_SECONDS):
            if not marker.exists():
                return []
            found = workspace.run(_rebuild(workspace, marker))
            if workspace.recovered is not None:
                found += workspace.run(_salvage(workspace, workspace.recovered, set(found)))
            return found
    except filelock.Timeout:
        _log.warning("Another process still reads back what a broken journal lost.")
        return []


async def _rebuild(workspace: Workspace, marker: Path) -> list[str]:
    with storage(workspace.home.journal):
        known = Repositories(workspace.home.journal).read()
        due = marker.read_text("utf-8").split()
    known = known or await asyncio.to_thread(_at_hand, workspace.here or Path.cwd())
    found, later = [], []
    for plan_id in due or known:
        if plan_id not in known:
            continue
        try:
            if await _bring(workspace, plan_id, known[plan_id]):
                found.append(plan_id)
        except (GitError, StorageError) as error:
            level = logging.WARNING if workspace.recovered else logging.INFO
            _log.log(level, "The plan %s is read back later: %s", plan_id, error.message)
            later.append(plan_id)
    with storage(workspace.home.journal):
        if later:
            marker.write_text("\n".join(later), "utf-8")
        else:
            marker.unlink()
    return found


async def _bring(workspace: Workspace, plan_id: str, binding: Binding) -> bool:
    """Whether the plan is here now. Raises `GitError` and `StorageError` where that may change."""
    folder = Path(binding.workdir)
    await asyncio.to_thread(_check, folder)
    try:
        # Its id alone would do for a plan that is here, of which the branch may have more.
        await workspace.open(f"{folder}#{plan_id}")
        await workspace.bind(plan_id, folder, binding.remote or "origin")
    except (GitError, StorageError):
        raise
    except PeerPlanError as error:
        _log.warning("The plan %s could not be read back: %s", plan_id, error.message)
        return False
    return True


async def _salvage(workspace: Workspace, broken: Path, there: set[str]) -> list[str]:
    """Take in what the broken file tells; the ids of plans that nothing else had brought."""
    bindings = Repositories(workspace.home.journal).read()
    found = []
    for plan_id, updates in (await asyncio.to_thread(readable_updates, broken)).items():
        if not await workspace.peer.acall(partial(_take_in, plan_id=plan_id, updates=updates)):
            continue
        if plan_id not in there:
            found.append(plan_id)
            await _bind(workspace, plan_id, bindings.get(plan_id))
    return found


def _take_in(plans: Plans, plan_id: str, updates: list[bytes]) -> bool:
    """Whether the plan is here, with as many of the updates as do not depend on lost ones."""
    try:
        here = [plans.get(plan_id).updates_since()] if plans.has(plan_id) else []
        whole = PlanDocument.load(here)
        for update in updates:
            with contextlib.suppress(DocumentError):
                whole.import_updates(update)
        if whole.exists:
            plans.take_in(plan_id, whole.updates_since())
    except PeerPlanError as error:
        _log.warning("The plan %s cannot be read in the broken file: %s", plan_id, error.message)
    return plans.has(plan_id)


async def _bind(workspace: Workspace, plan_id: str, binding: Binding | None) -> None:
    if binding is None:
        return
    try:
        await workspace.bind(plan_id, Path(binding.workdir), binding.remote or "origin")
    except PeerPlanError as error:
        _log.warning("The plan %s has no repository now: %s", plan_id, error.message)


def _check(folder: Path) -> None:
    try:
        Repository.open(folder).close()
    except PeerPlanError as error:
        raise GitError(error.message, hint=error.hint) from None


def _at_hand(folder: Path) -> dict[str, Binding]:
    """All plans on the plan branch of the repository that `folder` is in."""
    try:
        with Repository.open(folder) as repository:
            published = {place.plan_id for place in list_published(repository)}
            top = repository.work_tree or repository.common_dir
    except PeerPlanError as error:
        _log.warning("There is no plan branch to read plans back from: %s", error.message)
        return {}
    return {plan_id: Binding(str(top), "origin", "") for plan_id in sorted(published)}

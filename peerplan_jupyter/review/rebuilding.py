"""Filling a new journal after the old one was found broken: with what was published, and with what
can still be read in the broken file.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from ..errors import GitError, PeerPlanError, StorageError
from ..git.repository import Repository
from ..store.bindings import Binding
from ..store.database import BUSY_SECONDS, rebuild_marker, storage
from ..store.reading import list_published
from ..store.recovery import Recovery, broken_files, recovery_of
from ..store.repositories import Repositories
from .salvaging import salvage

if TYPE_CHECKING:
    from .workspace import Workspace

_log = logging.getLogger(__name__)


def rebuild(workspace: Workspace) -> tuple[list[str], list[Recovery]]:
    """Open what is published of the plans that a broken journal had, each from the repository that
    it was published from, and publish it from there again. Then take in what the broken file still
    tells, published or not. The ids of the plans that came back, and what came of each broken file.

    Nothing where no journal was lost. Plans whose repository is not there now are due again when a
    workspace starts next, in whichever process; so is all that a process that was killed left.
    Where it is not known which plans there were, all on the plan branch at hand are read.
    """
    marker = rebuild_marker(workspace.home.journal)
    if not marker.exists():
        return [], []
    try:
        with filelock.FileLock(marker.with_name(f"{marker.name}.lock"), timeout=BUSY_SECONDS):
            if not marker.exists():
                return [], []
            return workspace.run(_rebuild(workspace, marker))
    except filelock.Timeout:
        _log.warning("Another process still reads back what a broken journal lost.")
        return [], []


async def _rebuild(workspace: Workspace, marker: Path) -> tuple[list[str], list[Recovery]]:
    with storage(workspace.home.journal):
        due = marker.read_text("utf-8").split()
    found, later = await _from_git(workspace, due)
    new = [one for one in broken_files(marker.parent) if recovery_of(one) is None]
    made = [await salvage(workspace, one, found, later) for one in new]
    with storage(workspace.home.journal):
        if later:
            marker.write_text("\n".join(later), "utf-8")
        else:
            marker.unlink()
    salvaged = [plan_id for one in made for plan_id in one.salvaged]
    return list(dict.fromkeys(found + salvaged)), made


async def _from_git(workspace: Workspace, due: list[str]) -> tuple[list[str], list[str]]:
    """The plans that were read back, of those that are due or of all; and those that are later."""
    with storage(workspace.home.journal):
        known = Repositories(workspace.home.journal).read()
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
    return found, later


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
        _log.info("The plan %s is not read back from git: %s", plan_id, error.message)
        return False
    return True


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

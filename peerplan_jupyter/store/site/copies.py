"""Taking published plans along: the files of a plan branch, as a page reads them beside itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...errors import NotFoundError, PeerPlanError, UnsafePathError
from ...git.objects import ObjectReader
from ...git.remote import fetch, find_remote
from ...git.repository import Repository
from ..branch import plan_trees
from ..names import PLAN_BRANCH, PLAN_JSON, PLAN_LORO, checked_name, parse_folder
from ..planfile import MAX_PLAN_JSON, load_plan_file
from ..reading import newest_tip

FOLDER = "plans"
SUFFIX = ".data"
"""Behind the names of evidence: a web server must not take it for a page, which could then do what
pages of the site can.
"""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Copied:
    """One plan that lies beside the page."""

    folder: str
    plan_id: str
    pr: int | None
    title: str


@dataclass(frozen=True)
class Copies:
    """The plans of one commit."""

    commit: str
    at: int
    """When it was made, in Unix seconds."""
    plans: tuple[Copied, ...]


def copy_plans(
    repository: Repository,
    target: Path,
    *,
    remote: str | None = "origin",
    branch: str = PLAN_BRANCH,
    progress: Progress = lambda *_: None,
) -> Copies:
    """Write the plans of the newest plan branch, which is fetched, in the place of `target`.

    Plans whose `plan.json` cannot be read are left out. Raises `NotFoundError` without a plan
    branch, and what fetching raises.
    """
    found = find_remote(repository, remote)
    if found is not None:
        fetch(repository, found, branch)
    shutil.rmtree(target, ignore_errors=True)
    with repository.objects() as objects:
        commit = newest_tip(repository, objects, branch)
        if commit is None:
            raise NotFoundError(
                f"The repository has no branch {branch}.", hint="Publish a plan first."
            )
        trees = sorted(plan_trees(objects, commit).items())
        plans = []
        for done, (folder, tree) in enumerate(trees, 1):
            plans += _copy(objects, folder, tree, target / folder)
            progress(done, len(trees))
    stamp = repository.run("show", "--no-patch", "--format=%ct", commit).text.strip()
    return Copies(commit, int(stamp), tuple(plans))


def _copy(objects: ObjectReader, folder: str, tree: str, target: Path) -> list[Copied]:
    place, title = parse_folder(folder), _title(objects, tree, folder)
    if place is None or title is None:
        return []
    target.mkdir(parents=True, exist_ok=True)
    for name, entry in objects.tree(tree).items():
        file = _file(name) if entry.is_file else None
        pieces = objects.stream(entry.oid) if file else None
        if file and pieces is not None:
            with (target / file).open("wb") as written:
                written.writelines(pieces)
    return [Copied(folder, place.plan_id, place.pr, title)]


def _title(objects: ObjectReader, tree: str, folder: str) -> str | None:
    entry = objects.tree(tree).get(PLAN_JSON)
    data = objects.blob(entry.oid, MAX_PLAN_JSON) if entry else None
    try:
        return load_plan_file(data, folder).plan.title if data else None
    except PeerPlanError:
        return None


def _file(name: str) -> str | None:
    """The name beside the page of a file that the branch calls `name`, if it may be there."""
    if name in {PLAN_JSON, PLAN_LORO}:
        return name
    try:
        return checked_name(name) + SUFFIX
    except UnsafePathError:
        return None

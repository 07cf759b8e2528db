"""Reading published plans: from a clone, from a remote, from the web, or from a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import DocumentError, InvalidInputError, NotFoundError
from ..git.objects import ObjectReader
from ..git.repository import Repository, branch_ref
from ..git.scratch import ScratchClone
from ..plan.schema import Plan
from .branch import plan_trees
from .home import Home
from .names import PLAN_BRANCH, PLAN_JSON, PLAN_LORO, Place, parse_folder
from .planfile import MAX_PLAN_JSON, load_plan_file
from .sources import CommitSource, FolderSource, Source, WebSource
from .url import PlanRef
from .verification import ArtifactState, Progress, verify

MAX_PLAN_LORO = 64_000_000
"""Bytes."""


@dataclass(frozen=True)
class PublishedPlan:
    """A plan as it was published."""

    plan: Plan
    plan_loro: bytes | None
    """The document, unchecked; None where there is none beside `plan.json`."""
    commit: str
    """The commit of the plan branch that it was read from; empty where that is not known."""
    folder: str
    source: Source = field(repr=False)

    def verify(self, progress: Progress | None = None) -> dict[str, ArtifactState]:
        """The state of every artifact by id; see `verification.verify`."""
        return verify(self.plan, self.source, progress)


def read_published(
    ref: PlanRef,
    *,
    home: Home | None = None,
    workdir: Path | None = None,
    branch: str = PLAN_BRANCH,
) -> PublishedPlan:
    """The plan that `ref` names, from where it says. A bare plan id is looked for in the
    repository that `workdir` (by default the current folder) is in.
    """
    if ref.file:
        return read_file(ref.file)
    if ref.raw:
        return read_web(ref.raw)
    if ref.repository:
        return read_remote(ref.repository, ref, home=home, branch=branch)
    with Repository.open(ref.workdir or workdir or Path.cwd()) as repository:
        return read_local(repository, ref, branch=branch)


def read_local(repository: Repository, ref: PlanRef, *, branch: str = PLAN_BRANCH) -> PublishedPlan:
    """The plan as the newest plan branch in a clone has it; no network."""
    with repository.objects() as objects:
        commit = newest_tip(repository, objects, branch)
        if commit is None:
            raise _no_branch(str(repository.runner.cwd), branch)
        place = choose(_places(objects, commit), ref)
    return _load(CommitSource(repository.common_dir, commit, place.folder), place.folder, commit)


def read_remote(
    url: str, ref: PlanRef, *, home: Home | None = None, branch: str = PLAN_BRANCH
) -> PublishedPlan:
    """The plan as a remote has it now. Only the newest commit of the plan branch is fetched, and
    of the files those that are asked for, where the remote can do that.
    """
    scratch = ScratchClone((home or Home.default()).cache / "remotes", url)
    commit = scratch.fetch(branch)
    with Repository.open(scratch.path) as repository, repository.objects() as objects:
        place = choose(_places(objects, commit), ref)
    source = CommitSource(scratch.path, commit, place.folder, scratch)
    return _load(source, place.folder, commit)


def read_web(base: str) -> PublishedPlan:
    """The plan whose folder is served at the URL `base`. The caller has checked the host."""
    place = parse_folder("/".join(base.partition("?")[0].rstrip("/").split("/")[-2:]))
    return _load(WebSource(base), place.folder if place else "", "")


def read_file(path: Path) -> PublishedPlan:
    """The plan in a `plan.json` on this machine, with what lies beside it."""
    source = FolderSource(path.parent)
    data = source.read(path.name, MAX_PLAN_JSON)
    if data is None:
        raise NotFoundError(f"There is no file {path}.")
    loro = source.read(PLAN_LORO, MAX_PLAN_LORO)
    return PublishedPlan(load_plan_file(data, str(path)).plan, loro, "", "", source)


def list_published(repository: Repository, *, branch: str = PLAN_BRANCH) -> list[Place]:
    """The plans on the newest plan branch in a clone, by folder; empty without a branch."""
    with repository.objects() as objects:
        commit = newest_tip(repository, objects, branch)
        return _places(objects, commit) if commit else []


def newest_tip(repository: Repository, objects: ObjectReader, branch: str) -> str | None:
    """The newest plan branch that a clone knows: its own, or one that it saw on a remote. Where
    they grew apart, its own.
    """
    own = objects.commit(branch_ref(branch))
    patterns = [f"refs/peerplan/remotes/*/{branch}", f"refs/remotes/*/{branch}"]
    said = repository.run("for-each-ref", "--format=%(objectname)", *patterns).text
    for tip in dict.fromkeys(said.split()):
        if own is None or (tip != own and repository.is_ancestor(own, tip)):
            own = tip
    return own


def choose(places: Sequence[Place], ref: PlanRef) -> Place:
    """The one place that `ref` means. Without a pull request's number, a plan's newest pull
    request goes before its draft; with one, a draft stands in for what is not there yet.
    """
    found = [place for place in places if ref.plan_id in {None, place.plan_id}]
    if ref.pr is not None:
        own = [place for place in found if place.pr == ref.pr]
        found = own or [place for place in found if ref.plan_id and place.pr is None]
    ids = sorted({place.plan_id for place in found})
    if len(ids) > 1:
        raise InvalidInputError(
            f"There are {len(ids)} plans, and it was not said which one: {_listed(ids)}.",
            hint="Add ?plan= and the id, or #id after a path.",
            plans=ids[:100],
        )
    if not found:
        raise _not_published(places, ref)
    return max(found, key=lambda place: place.pr or 0)


def _load(source: Source, folder: str, commit: str) -> PublishedPlan:
    data = source.read(PLAN_JSON, MAX_PLAN_JSON)
    if data is None:
        raise NotFoundError(f"There is no {PLAN_JSON} in {folder or 'that folder'}.")
    plan = load_plan_file(data, f"{folder}/{PLAN_JSON}".lstrip("/")).plan
    place = parse_folder(folder)
    if place and place.plan_id != plan.id:
        raise DocumentError(f"The folder {folder} holds a plan with the id {plan.id}.")
    return PublishedPlan(plan, source.read(PLAN_LORO, MAX_PLAN_LORO), commit, folder, source)


def _places(objects: ObjectReader, commit: str) -> list[Place]:
    found = (parse_folder(folder) for folder in plan_trees(objects, commit))
    return sorted(place for place in found if place)


def _not_published(places: Sequence[Place], ref: PlanRef) -> NotFoundError:
    wanted = [f"with the id {ref.plan_id}"] if ref.plan_id else []
    wanted += [f"for the pull request {ref.pr}"] if ref.pr else []
    there = _listed(sorted({place.plan_id for place in places})) or "none"
    return NotFoundError(
        f"No plan {' '.join(wanted) or 'at all'} is published there; there are: {there}.",
        hint="Ask whoever shared it to publish it, or fetch the plan branch.",
    )


def _no_branch(where: str, branch: str) -> NotFoundError:
    return NotFoundError(
        f"The repository {where} has no branch {branch}.",
        hint=f"Publish a plan, or `git fetch origin {branch}`.",
    )


def _listed(ids: Collection[str]) -> str:
    shown = ", ".join(list(ids)[:10])
    return f"{shown} and {len(ids) - 10} more" if len(ids) > 10 else shown

"""One commit on the plan branch: what is there, what is to be there, and the changes between."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..git.fast_import import Change, Delete, Keep, Write, blob_oid
from ..git.objects import ObjectReader, TreeEntry
from .names import PLAN_JSON, PLAN_LORO, checked_name, parse_folder


@dataclass(frozen=True)
class PlanFolder:
    """A plan as it lies in the plan branch."""

    plan_json: bytes
    plan_loro: bytes
    artifacts: Mapping[str, Path | bytes]
    """File name to content."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """File name to `sha256:…`, of artifacts whose bytes are not here."""

    def files(self) -> dict[str, Path | bytes]:
        """Every file by name. `UnsafePathError` for a name that an artifact may not have."""
        artifacts = {checked_name(name): content for name, content in self.artifacts.items()}
        return {PLAN_JSON: self.plan_json, PLAN_LORO: self.plan_loro, **artifacts}


@dataclass(frozen=True)
class Tips:
    """The ends of the plan branch that a commit is built on."""

    remote: str | None
    """What the remote's branch is taken to be."""
    local: str | None
    """The local branch."""
    parents: tuple[str, ...]
    """The remote's tip and the local one, without those that the others contain."""

    @property
    def tip(self) -> str | None:
        """The commit whose tree is changed."""
        return self.parents[0] if self.parents else None


@dataclass(frozen=True)
class Ground:
    """What lies at the tips where a plan is to be published."""

    folder: Mapping[str, TreeEntry]
    """The plan's folder."""
    elsewhere: Mapping[str, TreeEntry]
    """Files of the plan in the folder that it leaves, and on a local branch that grew apart."""
    leaving: bool
    """Whether there is a folder to take away."""
    documents: Sequence[bytes]
    """Every `plan.loro` of the plan, oldest place first."""
    only_local: Sequence[Keep]
    """The folders of other plans that only the local branch has."""


def survey(objects: ObjectReader, tips: Tips, folder: str, previous: str | None) -> Ground:
    """Read what a publication has to know, through one process."""
    if tips.tip is None:
        return Ground({}, {}, leaving=False, documents=(), only_local=())
    folders = [previous, folder] if previous not in {None, folder} else [folder]
    places = [f"{tip}:{place}" for place in folders for tip in tips.parents[::-1]]
    trees = [objects.tree(place) for place in places]
    documents = [objects.blob(tree[PLAN_LORO].oid) for tree in trees if PLAN_LORO in tree]
    own = {previous, folder}
    return Ground(
        trees[-1],
        {name: entry for tree in trees[:-1] for name, entry in tree.items()},
        leaving=len(folders) > 1 and bool(trees[len(tips.parents) - 1]),
        documents=[document for document in documents if document],
        only_local=[keep for keep in _only_local(objects, tips.parents) if keep.path not in own],
    )


def renamed(objects: ObjectReader, ground: Ground, plan: PlanFolder) -> dict[str, TreeEntry]:
    """Artifacts whose bytes are not here and lie there under another name, by their new one.

    Two artifacts of one name come together by a merge, and only one can keep it.
    """
    known = {**ground.elsewhere, **ground.folder}
    lacking = {sha: name for name, sha in plan.absent.items() if name not in known}
    found: dict[str, TreeEntry] = {}
    for entry in known.values() if lacking else ():
        content = objects.blob(entry.oid) if entry.is_file else None
        if content is not None and (name := lacking.get(_hash(content))):
            found[name] = entry
    return found


def changes(
    ground: Ground,
    plan: PlanFolder,
    folder: str,
    previous: str | None,
    moved: Mapping[str, TreeEntry],
) -> list[Change]:
    """What turns the tip's tree into one that holds `plan`; empty when it does already.

    Files that are there and not in `plan` stay, and move with a plan that moves. `moved` is what
    `renamed` found.
    """
    files = plan.files()
    found: list[Change] = list(ground.only_local)
    found += [
        Keep(f"{folder}/{checked_name(name)}", entry.mode, entry.oid)
        for name, entry in moved.items()
    ]
    found += [
        Keep(f"{folder}/{entry.name}", entry.mode, entry.oid)
        for entry in ground.elsewhere.values()
        if entry.name not in ground.folder and entry.name not in files
    ]
    written = (_written(ground, f"{folder}/{name}", name, files[name]) for name in files)
    found += [change for change in written if change]
    if ground.leaving and previous:
        found.append(Delete(previous))
    return found


def _written(ground: Ground, path: str, name: str, content: Path | bytes) -> Change | None:
    here, before = ground.folder.get(name), ground.elsewhere.get(name)
    known = here or before
    if known is None:
        return Write(path, content)
    oid = blob_oid(content, "sha256" if len(known.oid) == 64 else "sha1")
    if here and here.is_file and here.oid == oid:
        return None
    if before and before.is_file and before.oid == oid:
        return Keep(path, before.mode, oid)
    return Write(path, content)


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _only_local(objects: ObjectReader, parents: Sequence[str]) -> list[Keep]:
    if len(parents) < 2:
        return []
    theirs, ours = plan_trees(objects, parents[0]), plan_trees(objects, parents[1])
    return [Keep(place, "040000", ours[place]) for place in ours if place not in theirs]


def plan_trees(objects: ObjectReader, tip: str) -> dict[str, str]:
    """Every plan folder at `tip` with the id of its tree."""
    return {
        f"{group.name}/{entry.name}": entry.oid
        for group in objects.tree(f"{tip}^{{tree}}").values()
        if group.is_tree
        for entry in objects.tree(group.oid).values()
        if entry.is_tree and parse_folder(f"{group.name}/{entry.name}")
    }

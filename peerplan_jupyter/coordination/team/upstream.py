"""What the default branch of the team's remote shares at this moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...errors import NotFoundError, TooLargeError
from ...git.objects import ObjectReader, TreeEntry
from ...git.remote import Remote, default_branch, fetch, find_remote
from ...git.repository import Place
from ..project import Project

SHARED = ".orc/shared"
MAX_FILES = 2000
MAX_FILE = 1_000_000


@dataclass(frozen=True)
class Upstream:
    """The commit that the remote's default branch is at."""

    remote: Remote
    branch: str
    commit: str


def look(project: Project, remote: str, timeout: float) -> Upstream | None:
    """Fetch the default branch of the remote into a ref of our own; None without a remote.

    `NotFoundError` where the remote has no commit yet, and what `fetch` raises.
    """
    place = Place(project.runner)
    if (found := find_remote(place, remote or None)) is None:
        return None
    branch = default_branch(place, found, timeout)
    commit = fetch(place, found, branch, timeout) if branch else None
    if branch is None or commit is None:
        raise NotFoundError(
            f"The remote {found.name} has no default branch.", hint="Push something to it first."
        )
    return Upstream(found, branch, commit)


def shared_files(project: Project, commit: str) -> dict[str, bytes]:
    """The files under `.orc/shared` in a commit, by their paths there; links are left out.
    `TooLargeError` above `MAX_FILES` files.
    """
    with Place(project.runner).objects() as objects:
        entries = dict(_entries(objects, f"{commit}:{SHARED}", ""))
        if len(entries) > MAX_FILES:
            raise TooLargeError(f"{SHARED} has {len(entries):,} files; at most {MAX_FILES:,}.")
        return _contents(objects, entries)


def _contents(objects: ObjectReader, entries: Mapping[str, TreeEntry]) -> dict[str, bytes]:
    read = {name: objects.blob(entry.oid, MAX_FILE) for name, entry in entries.items()}
    return {name: data for name, data in read.items() if data is not None}


def _entries(objects: ObjectReader, tree: str, above: str) -> Iterator[tuple[str, TreeEntry]]:
    for name, entry in objects.tree(tree).items():
        if entry.is_tree and above.count("/") < 10:
            yield from _entries(objects, entry.oid, f"{above}{name}/")
        elif entry.is_file:
            yield f"{above}{name}", entry

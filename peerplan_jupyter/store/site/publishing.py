"""Putting a built site on a branch that a host shows as pages, without a checkout."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import GitError, PushRejectedError
from ...git.commit_writer import CommitWriter
from ...git.fast_import import Change, Delete, NewCommit, Write
from ...git.objects import ObjectReader
from ...git.remote import Push, Remote, fetch, find_remote, push
from ...git.repository import Repository, branch_ref
from ...plan.ids import new_id
from ..publisher import TEMPORARY
from .building import MARK, OWN
from .copies import FOLDER

MAX_RETRIES = 12
_PAGES = frozenset({"index.html", "404.html"})
"""Written only where there is no other page of that name."""


@dataclass(frozen=True)
class PublishedSite:
    """Where a site lies now."""

    commit: str
    branch: str
    remote: str | None
    changed: bool
    """Whether there was anything to write."""


def publish_site(
    repository: Repository,
    built: Path,
    *,
    branch: str = "gh-pages",
    folder: str = "",
    remote: str | None = "origin",
    message: str = "Publish the page of plans",
) -> PublishedSite:
    """Commit the site in `built` to `branch` (in `folder` of it) and push that.

    The push is a compare-and-swap on the remote's tip; when somebody else was faster, the commit
    is made anew on the new tip. What else is on the branch stays. Nothing but refs and objects of
    the repository is touched; a branch of a repository with a remote is moved on the remote only.
    Raises `PushRejectedError`, `UnreachableError`, `GitError`.
    """
    target = find_remote(repository, remote)
    for retries in range(MAX_RETRIES):
        tip = _tip(repository, target, branch)
        commit = _Commit(repository, built, folder, message)
        with repository.objects() as objects, CommitWriter(repository) as writer:
            made = commit.write(objects, writer, tip)
            if made == tip or _moved(repository, target, branch, made, tip, writer):
                name = target.name if target else None
                return PublishedSite(made, branch, name, changed=made != tip)
        time.sleep(random.uniform(0, 0.05 * 2 ** min(retries, 6)))  # noqa: S311
    raise PushRejectedError(
        f"Others changed the branch {branch} all the time.", hint="Publish again in a moment."
    )


@dataclass(frozen=True)
class _Commit:
    repository: Repository
    built: Path
    folder: str
    message: str

    def write(self, objects: ObjectReader, writer: CommitWriter, tip: str | None) -> str:
        """A commit on `tip` with the site, or `tip` itself if that has it already."""
        before = objects.tree(f"{tip}^{{tree}}") if tip else {}
        changes = list(self._changes(objects, tip, new=not before))
        author = self.repository.signature()
        commit = NewCommit([tip] if tip else [], changes, self.message, author)
        made = writer.write(commit, f"{TEMPORARY}/{new_id()}")
        same = tip is not None and _tree(self.repository, made) == _tree(self.repository, tip)
        return tip if tip is not None and same else made

    def _changes(self, objects: ObjectReader, tip: str | None, *, new: bool) -> Iterator[Change]:
        files = {str(one.relative_to(self.built).as_posix()): one for one in _files(self.built)}
        stale = [OWN, *([FOLDER] if any(name.startswith(f"{FOLDER}/") for name in files) else [])]
        there = objects.tree(f"{tip}:{self.folder}") if tip else {}
        yield from (Delete(self._path(name)) for name in stale if name in there)
        for name, path in sorted(files.items()):
            foreign = name in _PAGES and name in there and not self._is_own(objects, tip, name)
            # GitHub's Jekyll, if it runs there, leaves our files as they are.
            if foreign or (name == ".nojekyll" and not new):
                continue
            yield Write(self._path(name), path)

    def _is_own(self, objects: ObjectReader, tip: str | None, name: str) -> bool:
        return MARK.encode() in (objects.blob(f"{tip}:{self._path(name)}") or b"")

    def _path(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name


def _files(built: Path) -> Iterator[Path]:
    return (one for one in built.rglob("*") if one.is_file() and not one.is_symlink())


def _tip(repository: Repository, remote: Remote | None, branch: str) -> str | None:
    return fetch(repository, remote, branch) if remote else repository.resolve(branch_ref(branch))


def _tree(repository: Repository, commit: str) -> str:
    return repository.run("rev-parse", f"{commit}^{{tree}}").text.strip()


def _moved(
    repository: Repository,
    remote: Remote | None,
    branch: str,
    commit: str,
    tip: str | None,
    writer: CommitWriter,
) -> bool:
    if remote is None:
        return _moved_here(repository, branch, commit, writer)
    if push(repository, remote, branch, commit, tip) is not Push.DONE:
        return False
    writer.move({remote.tracking_ref(branch): commit})
    return True


def _moved_here(repository: Repository, branch: str, commit: str, writer: CommitWriter) -> bool:
    busy = repository.checked_out(branch_ref(branch))
    if busy is not None:
        raise GitError(
            f"The branch {branch} is checked out ({busy}), so it was left alone.",
            hint="Check out another branch there, or add a remote.",
        )
    writer.move({branch_ref(branch): commit})
    return writer.end()

"""Publishing: a plan's folder becomes one commit on the plan branch, here and on the remote."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat

from ulid import ULID

from ..errors import GitError, PushRejectedError, StorageError
from ..git.commit_writer import CommitWriter
from ..git.fast_import import Change, NewCommit
from ..git.objects import ObjectReader
from ..git.remote import Push, Remote, fetch, find_remote, push
from ..git.repository import Repository, Signature, branch_ref
from ..plan.ids import new_id
from .branch import PlanFolder, Tips, changes, renamed, survey
from .names import PLAN_BRANCH, checked_folder
from .turns import Turn, turn

MAX_RETRIES = 24
TEMPORARY = "refs/peerplan/tmp"
DAY = 86_400
LONGEST_PAUSE = 2.0

Build = Callable[[bytes | None], PlanFolder]
"""Makes the folder. It gets the bytes of a `plan.loro` that lies on the branch and merges them
into its document (None when there is none). It is called again for every document and on every
retry, and what it was given before must stay merged.
"""
Told = Callable[["Published"], None]


@dataclass(frozen=True)
class Published:
    """Where a plan lies now."""

    commit: str
    remote: str | None
    """The remote that has it, without credentials; None when the repository has no remote."""
    folder: str
    retries: int
    """How often somebody else was faster."""
    pushed: bool


@dataclass(frozen=True)
class _Job:
    repository: Repository
    objects: ObjectReader
    writers: Iterator[CommitWriter]
    """A new one for each draft."""
    folder: str
    build: Build
    message: str
    author: Signature | None
    branch: str
    previous: str | None
    told: Told

    @property
    def ref(self) -> str:
        return branch_ref(self.branch)


def publish(  # noqa: PLR0913
    repository: Repository,
    *,
    folder: str,
    build: Build,
    message: str,
    author: Signature | None = None,
    remote: str | None = "origin",
    branch: str = PLAN_BRANCH,
    previous_folder: str | None = None,
    told: Told = lambda _: None,
) -> Published:
    """Write the plan into `folder` of the plan branch and push that.

    The push is a compare-and-swap on the remote's tip. When somebody else was faster, the commit
    is built anew on the new tip, by merging documents, after a pause with jitter. A plan that is
    there as it should be makes no commit. `previous_folder` goes away in the same commit.
    Without `author` it is by whom git's configuration names. `told` is called when it is published,
    while refs here still follow.
    Without any remote the branch is written here only (`pushed` is false). A local branch that is
    ahead of the remote's is published with it; one that grew apart is merged.

    Nothing but refs and objects of the repository is touched. Raises `PushRejectedError` with the
    remote's words when a rule refuses, `UnreachableError`, `GitError`, `UnsafePathError`; then the
    local branch is as it was.
    """
    checked_folder(folder)
    if previous_folder is not None:
        checked_folder(previous_folder)
    repository.prepare()
    with repository.objects() as objects, CommitWriter(repository) as first:
        writers = chain([first], map(CommitWriter, repeat(repository)))
        job = _Job(
            repository, objects, writers, folder, build, message, author, branch, previous_folder,
            told,
        )  # fmt: skip
        target = find_remote(repository, remote)
        if target is None:
            return _publish_here(job)
        with turn(target.url, repository.runner.cwd, branch) as mine:
            return _publish_there(job, target, mine)


def _publish_there(job: _Job, remote: Remote, mine: Turn) -> Published:
    known = _known_tip(job, remote)
    fresh = mine.last_tip() not in {known, None}
    if fresh:
        known = fetch(job.repository, remote, job.branch)
    retries = 0
    while True:
        tips = _tips(job, known)
        with _Draft(job, tips) as draft:
            if not draft.needed and not fresh:
                known, fresh = fetch(job.repository, remote, job.branch), True
                continue
            if not draft.needed or draft.push(remote) is Push.DONE:
                _settle(job, remote, draft)
                mine.note_tip(draft.commit)
                done = Published(draft.commit, remote.name, job.folder, retries, pushed=True)
                job.told(done)
                return done
        retries += 1
        _pause(remote, retries)
        known, fresh = fetch(job.repository, remote, job.branch), True


def _publish_here(job: _Job) -> Published:
    busy = job.repository.checked_out(job.ref)
    if busy is not None:
        raise GitError(
            f"The branch {job.branch} is checked out ({busy}), so it was left alone.",
            hint="Check out another branch there, or add a remote.",
        )
    for retries in range(MAX_RETRIES):
        local = job.objects.commit(job.ref)
        with _Draft(job, Tips(local, local, (local,) if local else ())) as draft:
            moved = draft.commit == local or draft.move(job.ref).end()
        if moved:
            done = Published(draft.commit, None, job.folder, retries, pushed=False)
            job.told(done)
            return done
        _sleep(retries)
    raise GitError(f"The branch {job.branch} could not be moved: others moved it all the time.")


class _Draft:
    """A commit under a private ref, which is gone afterwards; or the tip, when that will do."""

    def __init__(self, job: _Job, tips: Tips) -> None:
        self.tips = tips
        self._job = job
        self._writer = next(job.writers)
        try:
            self.commit = self._write()
        except BaseException:
            self._writer.close()
            raise

    @property
    def needed(self) -> bool:
        """Whether the remote lacks it."""
        return self.commit != self.tips.remote

    def push(self, remote: Remote) -> Push:
        job = self._job
        return push(job.repository, remote, job.branch, self.commit, self.tips.remote)

    def move(self, *refs: str) -> CommitWriter:
        """Begin to move `refs` forward to the commit; see `CommitWriter.move`."""
        left = dict.fromkeys(_leftovers(self._job.repository))
        self._writer.move({**left, **dict.fromkeys(refs, self.commit)})
        return self._writer

    def _write(self) -> str:
        job = self._job
        ground = survey(job.objects, self.tips, job.folder, job.previous)
        for document in ground.documents[:-1]:
            job.build(document)
        plan = job.build(ground.documents[-1] if ground.documents else None)
        try:
            moved = renamed(job.objects, ground, plan)
            return self._commit(changes(ground, plan, job.folder, job.previous, moved))
        except OSError as error:
            raise StorageError(
                f"An artifact cannot be read to be published: {error}.",
                hint="Attach the file again.",
            ) from None

    def _commit(self, found: list[Change]) -> str:
        job = self._job
        if not found and self.tips.tip and len(self.tips.parents) == 1:
            return self.tips.tip
        author = job.author or job.repository.signature()
        commit = NewCommit(self.tips.parents, found, job.message, author)
        return self._writer.write(commit, f"{TEMPORARY}/{new_id()}")

    def __enter__(self) -> _Draft:
        return self

    def __exit__(self, *exc: object) -> None:
        self._writer.close()


def _known_tip(job: _Job, remote: Remote) -> str | None:
    """What the remote's branch was when somebody in this repository looked last."""
    ours = job.objects.commit(remote.tracking_ref(job.branch))
    return ours or job.objects.commit(f"refs/remotes/{remote.key}/{job.branch}")


def _tips(job: _Job, known: str | None) -> Tips:
    local = job.objects.commit(job.ref)
    if known is None or local is None:
        parents = tuple(tip for tip in (known or local,) if tip)
    elif job.repository.is_ancestor(local, known):
        parents = (known,)
    elif job.repository.is_ancestor(known, local):
        parents = (local,)
    else:
        parents = (known, local)
    return Tips(known, local, parents)


def _settle(job: _Job, remote: Remote, draft: _Draft) -> None:
    """Begin to point our refs at what the remote has now. It is published already, so a local
    branch that moved meanwhile, or is checked out, is left where it is.
    """
    tracking = remote.tracking_ref(job.branch)
    free = job.repository.checked_out(job.ref) is None
    draft.move(*((tracking, job.ref) if free else (tracking,)))


def _leftovers(repository: Repository) -> list[str]:
    """Private refs of publications that were killed more than a day ago."""
    limit = str(ULID.from_timestamp(time.time() - DAY))[:10]
    found = repository.loose_refs(TEMPORARY)
    return [
        ref
        for ref in found
        if re.fullmatch(rf"{TEMPORARY}/[0-9A-Z]{{26}}", ref)
        and ref.removeprefix(f"{TEMPORARY}/")[:10] < limit
    ]


def _pause(remote: Remote, retries: int) -> None:
    if retries > MAX_RETRIES:
        raise PushRejectedError(
            f"Others changed or locked the branch on {remote.name} during {retries} attempts.",
            hint="Publish again in a moment.",
        )
    _sleep(retries)


def _sleep(retries: int) -> None:
    """Full jitter: Exponential Backoff And Jitter, AWS Architecture Blog, 2015."""
    time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.02 * 2 ** min(retries, 10))))  # noqa: S311

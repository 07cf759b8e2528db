"""Opening a plan by what a person pasted: a plan URL, a path, a pull request, an id."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import IntegrityError, NotFoundError, PeerPlanError
from ..git.remote import find_remote
from ..git.repository import Repository
from ..git.scratch import ScratchClone
from ..plan.document import PlanDocument
from ..plan.restoring import restore
from ..plan.trial import trial_import
from ..store.bindings import Binding
from ..store.blobs import MAX_ARTIFACT, BlobStore
from ..store.home import Home
from ..store.hosts import repository_address
from ..store.reading import PublishedPlan, read_published
from ..store.sources import CommitSource
from ..store.url import PlanRef, parse_plan_url
from ..store.verification import artifact_file
from ..sync.peer import Peer
from ..sync.plans import Plans
from .custody import Custody


@dataclass(frozen=True)
class _Read:
    """A published plan with the document that was made of it and where it may be published."""

    published: PublishedPlan
    document: bytes
    binding: Binding | None


class Opener:
    """Brings published plans into the journal; what is newer there is merged, never replaced."""

    def __init__(
        self,
        peer: Peer,
        blobs: BlobStore,
        custody: Custody,
        home: Home,
        hosts: Iterable[str] = (),
        limit: int = MAX_ARTIFACT,
    ) -> None:
        self._peer, self._blobs, self._custody, self._home = peer, blobs, custody, home
        self._hosts, self._limit = frozenset(hosts), limit

    async def open(self, text: str, workdir: Path | None = None) -> str:
        """The id of the plan that `text` names, which is in the journal then.

        A bare id is looked for in the journal first, then on the plan branch of the repository at
        `workdir`. Raises `InvalidInputError` for what is no plan URL or names a host that nobody
        configured, `NotFoundError`, `UnreachableError`, `DocumentError`.
        """
        ref = await asyncio.to_thread(self._parse, text, workdir)
        if ref.plan_id and _only_an_id(ref):
            known = ref.plan_id
            if await self._peer.acall(lambda plans: plans.has(known)):
                return known
        read = await asyncio.to_thread(self._read, ref, workdir)
        plan_id = read.published.plan.id
        await self._peer.acall(lambda plans: _adopt(plans, plan_id, read))
        if read.binding is None:
            await asyncio.to_thread(self._keep_files, read.published)
        return plan_id

    def _parse(self, text: str, workdir: Path | None) -> PlanRef:
        return parse_plan_url(text, hosts=self._hosts | _hosts_of(workdir))

    def _read(self, ref: PlanRef, workdir: Path | None) -> _Read:
        try:
            published = read_published(ref, home=self._home, workdir=workdir)
        except NotFoundError as error:
            if _only_an_id(ref):
                raise NotFoundError(
                    f"There is no plan {ref.plan_id!r} here: {error.message}",
                    hint="List the plans, or open the plan by its URL.",
                ) from None
            raise
        document = published.plan_loro or restore(published.plan)
        if published.plan_loro is not None:
            trial_import(document)
        return _Read(published, document, self._binding(ref, published, workdir))

    def _binding(
        self, ref: PlanRef, published: PublishedPlan, workdir: Path | None
    ) -> Binding | None:
        """Where the plan is published from: the clone it was read from, else one of ours."""
        if not isinstance(published.source, CommitSource):
            return None
        folder, commit = published.folder, published.commit
        if ref.repository:
            clone = _clone_of(ref.repository, workdir)
            scratch = ScratchClone(self._home.cache / "remotes", ref.repository)
            where, remote = clone or (scratch.path, ref.repository)
            return Binding(str(where), remote, folder, commit, b"", int(time.time()))
        with Repository.open(ref.workdir or workdir or Path.cwd()) as repository:
            top = repository.work_tree or repository.common_dir
        return Binding(str(top), "origin", folder, commit, b"", int(time.time()))

    def _keep_files(self, published: PublishedPlan) -> None:
        """Put the evidence beside a served or pasted `plan.json` into the store."""
        wanted = {artifact_file(one): one for one in published.plan.artifacts}
        for file, pieces in published.source.contents([name for name in wanted if name]):
            if pieces is None:
                continue
            try:
                stored = self._blobs.put_bytes(_joined(pieces, self._limit), self._limit)
                if stored.hash != wanted[file].hash:
                    raise IntegrityError(f"{file} has another hash than the plan records.")
            except PeerPlanError as error:
                artifact = wanted[file]
                self._custody.note(published.plan.id, artifact.id, "mismatch", error.message)


def _joined(pieces: Iterable[bytes], limit: int) -> bytes:
    """The pieces as one, reading little more than `limit` bytes of them."""
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > limit:
            break
    return bytes(data)


def _only_an_id(ref: PlanRef) -> bool:
    return not (ref.repository or ref.workdir or ref.file or ref.raw)


def _hosts_of(workdir: Path | None) -> frozenset[str]:
    """The hosts of the remotes of the repository at hand."""
    try:
        with Repository.open(workdir or Path.cwd()) as repository:
            urls = [url for pair in repository.remotes().values() for url in pair]
    except (PeerPlanError, OSError):
        return frozenset()
    return frozenset(host for host in map(_host, urls) if host)


def _host(url: str) -> str:
    try:
        return repository_address(url).host
    except PeerPlanError:
        return ""


def _clone_of(url: str, workdir: Path | None) -> tuple[Path, str] | None:
    """The repository at hand and its remote, if that is `url`."""
    try:
        with Repository.open(workdir or Path.cwd()) as repository:
            for name in repository.remotes():
                remote = find_remote(repository, name)
                if remote and _same(remote.url, url):
                    return repository.work_tree or repository.common_dir, name
    except (PeerPlanError, OSError):
        return None
    return None


def _same(one: str, other: str) -> bool:
    try:
        return repository_address(one) == repository_address(other)
    except PeerPlanError:
        return one == other


def _adopt(plans: Plans, plan_id: str, read: _Read) -> None:
    """Merge the document, and remember its repository unless one is known already."""
    plans.take_in(plan_id, read.document, "branch")
    if read.binding is not None and plans.journal.binding(plan_id) is None:
        published = read.published.plan_loro is not None
        version = PlanDocument.load([read.document]).version() if published else b""
        plans.journal.bind(plan_id, replace(read.binding, version=version))

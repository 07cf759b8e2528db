"""Publishing a plan from this machine: document, evidence and the plan branch of its repository."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from pydantic_core import to_json

from ..errors import (
    GitError,
    NotFoundError,
    PeerPlanError,
    UnreachableError,
    UnsafePathError,
)
from ..git.remote import find_remote
from ..git.repository import Repository, Signature
from ..plan.document import PlanDocument
from ..plan.schema import Artifact, Plan
from ..plan.trial import trial_import
from ..store.bindings import Binding
from ..store.blobs import BlobStore
from ..store.branch import PlanFolder
from ..store.hosts import raw_urls
from ..store.names import PLAN_BRANCH, checked_name, plan_folder
from ..store.publisher import Published, publish
from ..sync.peer import Peer
from ..sync.plans import Plans

_log = logging.getLogger(__name__)
_ALWAYS = frozenset({"pr", "branch", "review"})
Address = Callable[[str], str]
"""Gives the URL of a file in the plan's folder."""


@dataclass
class _Builder:
    """Makes the plan's folder, as `store.publisher` asks for it, and remembers what it showed."""

    peer: Peer
    files: Callable[[Plan], dict[str, Path | bytes]]
    plan_id: str
    find_address: Callable[[], Address]
    """Finds out what gives the URL of a file in the folder."""
    own: set[bytes]
    """Digests of what this process made, which needs no trial."""
    version: bytes = b""

    def __call__(self, remote: bytes | None) -> PlanFolder:
        if remote:
            self._merge(remote)
        plan, updates, self.version = self.peer.call(self._export)
        self.own.add(_digest(updates))
        here = self.files(plan)
        absent = {
            one.file: one.hash
            for one in plan.artifacts
            if one.hash and not one.withdrawn and one.file not in here and _is_safe(one.file)
        }
        return PlanFolder(plan_json(plan, self._address), updates, here, absent)

    @cached_property
    def _address(self) -> Address:
        return self.find_address()

    def _merge(self, remote: bytes) -> None:
        """Take in what lies on the branch, where anybody put it who may push."""
        if _digest(remote) not in self.own:
            base = self.peer.call(lambda plans: plans.get(self.plan_id).updates_since())
            trial_import(remote, base)
        self.peer.call(lambda plans: plans.take_in(self.plan_id, remote, "branch"))

    def _export(self, plans: Plans) -> tuple[Plan, bytes, bytes]:
        document = plans.get(self.plan_id)
        return document.plan(), document.updates_since(), document.version()


WAITS = "The plan waits in the outbox; `peerplan publish` tries again."
"""What there is to know after a publish that failed."""


class Publisher:
    """Publishes plans of a peer; a publish that fails is kept in the outbox and said.

    `raw_urls` says where hosts serve raw files; see `hosts.raw_url`.
    """

    def __init__(
        self, peer: Peer, blobs: BlobStore, raw_urls: Mapping[str, str] | None = None
    ) -> None:
        self._peer = peer
        self._blobs = blobs
        self._raw_urls = raw_urls or {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._own: set[bytes] = set()

    async def publish(self, plan_id: str, author: Signature | None = None) -> Published:
        """Write the plan and its evidence to the plan branch, and push it.

        Raises a `GitError` (`PushRejectedError`, …) or `UnreachableError` after noting it in the
        outbox, from which `retry` takes it again; `NotFoundError` when the plan belongs to no
        repository on this machine.
        """
        async with self._locks.setdefault(plan_id, asyncio.Lock()):
            try:
                return await asyncio.to_thread(self._publish, plan_id, author)
            except (GitError, UnreachableError) as error:
                told = error
                await self._peer.acall(
                    lambda p: p.journal.outbox.queue(plan_id, told.code, told.message)
                )
                error.hint = f"{error.hint} {WAITS}".strip()
                raise

    async def retry(self) -> dict[str, Published | PeerPlanError]:
        """Publish again what could not be; the result of each plan."""
        waiting = await self._peer.acall(lambda plans: plans.journal.outbox.pending())
        results: dict[str, Published | PeerPlanError] = {}
        for entry in waiting:
            try:
                results[entry.plan_id] = await self.publish(entry.plan_id)
            except PeerPlanError as error:
                results[entry.plan_id] = error
        return results

    def _publish(self, plan_id: str, author: Signature | None) -> Published:
        binding, pr, standing = self._peer.call(lambda plans: _facts(plans, plan_id))
        folder = plan_folder(plan_id, pr)
        with Repository.open(binding.workdir) as repository:
            find_address = partial(self._address, repository, binding, folder)
            build = _Builder(self._peer, self._files, plan_id, find_address, self._own)
            return publish(
                repository,
                folder=folder,
                build=build,
                message=f"Publish plan {plan_id} ({standing})",
                author=author,
                remote=binding.remote,
                previous_folder=binding.folder if binding.folder not in {"", folder} else None,
                told=lambda done: self._note(plan_id, binding, done, build.version),
            )

    def _note(self, plan_id: str, known: Binding, done: Published, version: bytes) -> None:
        """Keep in the journal that a plan was published."""
        now = replace(known, folder=done.folder, commit=done.commit, at=int(time.time()))
        now = replace(now, version=version)
        self._peer.call(lambda plans: _keep(plans, plan_id, now))

    def _address(self, repository: Repository, binding: Binding, folder: str) -> Address:
        """What gives a file's raw URL, or its name where the host of the remote is not known."""
        remote = find_remote(repository, binding.remote)
        found = raw_urls(remote.url, PLAN_BRANCH, folder, self._raw_urls) if remote else None
        return found or str

    def _files(self, plan: Plan) -> dict[str, Path | bytes]:
        """The evidence whose bytes are here; what is not here lies on the branch already."""
        named = {one.file: one.hash for one in plan.artifacts if one.hash and not one.withdrawn}
        found = {file: self._blobs.find(hashed) for file, hashed in named.items()}
        return {file: path for file, path in found.items() if path and _is_safe(file)}


def _is_safe(file: str) -> bool:
    """Whether a file may be written; a peer may have named one that must not keep all back."""
    try:
        checked_name(file)
    except UnsafePathError:
        _log.warning("Evidence named %r was not published", file[:100])
        return False
    return True


def plan_json(plan: Plan, address: Address = str) -> bytes:
    """`plan.json`: UTF-8, two spaces of indent, a line end at its end, keys in the schema's order.

    `pr`, `branch` and `review` are there even when they are null, as in the first data model.
    `address` gives the URL of an artifact's file.
    """
    wire = plan.to_wire()
    for artifact in wire["artifacts"]:
        artifact["url"] = address(artifact["file"])
    names = (field.alias or name for name, field in Plan.model_fields.items())
    ordered = {name: wire.get(name) for name in names if name in wire or name in _ALWAYS}
    return to_json({"plan": ordered}, indent=2) + b"\n"


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def unpublished(document: PlanDocument, binding: Binding | None) -> bool:
    """Whether the plan has changes that were not published from this machine."""
    return binding is None or binding.version != document.version()


def published_artifact(binding: Binding | None, artifact: Artifact) -> bool:
    """Whether an artifact was there when the plan was last published from here."""
    return bool(binding and binding.commit and artifact.timestamp <= (binding.at or 0))


def _facts(plans: Plans, plan_id: str) -> tuple[Binding, int | None, str]:
    document = plans.get(plan_id)
    binding = plans.journal.binding(plan_id)
    if binding is None:
        raise NotFoundError(
            f"The plan {plan_id!r} belongs to no repository on this machine.",
            hint="Name the repository: `peerplan publish PLAN --repo PATH`.",
        )
    status, revision = document.standing.status.replace("_", " "), document.revision
    return binding, document.field("pr"), f"r{revision.number}, {status}" if revision else status


def _keep(plans: Plans, plan_id: str, binding: Binding) -> None:
    """Keep that a plan was published, and waits no more."""
    plans.journal.bind(plan_id, binding)
    if any(one.plan_id == plan_id for one in plans.journal.outbox.pending()):
        plans.journal.outbox.done(plan_id)

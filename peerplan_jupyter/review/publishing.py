"""Publishing a plan from this machine: document, evidence and the plan branch of its repository."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ..errors import (
    GitError,
    NotFoundError,
    PeerPlanError,
    UnreachableError,
    UnsafePathError,
)
from ..git.remote import Remote, find_remote
from ..git.repository import Repository, Signature
from ..plan.document import PlanDocument
from ..plan.schema import Artifact, Plan
from ..store.bindings import Binding
from ..store.blobs import BlobStore
from ..store.branch import PlanFolder
from ..store.hosts import raw_url
from ..store.names import PLAN_BRANCH, checked_name, plan_folder
from ..store.publisher import Published, publish
from ..sync.peer import Peer
from ..sync.plans import Plans

_log = logging.getLogger(__name__)
_ALWAYS = frozenset({"pr", "branch", "review"})


@dataclass
class _Builder:
    """Makes the plan's folder, as `store.publisher` asks for it, and remembers what it showed."""

    peer: Peer
    files: Callable[[Plan], dict[str, Path | bytes]]
    plan_id: str
    address: Callable[[str], str]
    """The URL of a file in the folder."""
    version: bytes = b""

    def __call__(self, remote: bytes | None) -> PlanFolder:
        if remote:
            self.peer.call(lambda plans: plans.take_in(self.plan_id, remote, "branch"))
        plan, updates, self.version = self.peer.call(self._export)
        return PlanFolder(plan_json(plan), updates, self.files(plan))

    def _export(self, plans: Plans) -> tuple[Plan, bytes, bytes]:
        document = plans.get(self.plan_id)
        plan = _addressed(document.plan(), self.address)
        return plan, document.updates_since(), document.version()


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

    async def publish(self, plan_id: str, author: Signature | None = None) -> Published:
        """Write the plan and its evidence to the plan branch, and push it.

        Raises a `GitError` (`PushRejectedError`, …) or `UnreachableError` after noting it in the
        outbox, from which `retry` takes it again; `NotFoundError` when the plan belongs to no
        repository on this machine.
        """
        async with self._locks.setdefault(plan_id, asyncio.Lock()):
            try:
                done = await asyncio.to_thread(self._publish, plan_id, author)
            except (GitError, UnreachableError) as error:
                told = error
                await self._peer.acall(
                    lambda p: p.journal.outbox.queue(plan_id, "publish", told.message)
                )
                raise
            await self._peer.acall(lambda plans: plans.journal.outbox.done(plan_id))
            return done

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
            found = find_remote(repository, binding.remote)
            build = self._builder(plan_id, partial(self._address, found, folder))
            done = publish(
                repository,
                folder=folder,
                build=build,
                message=f"Publish plan {plan_id} ({standing})",
                author=author or repository.signature(),
                remote=binding.remote,
                previous_folder=binding.folder if binding.folder not in {"", folder} else None,
            )
        now = replace(binding, folder=done.folder, commit=done.commit, at=int(time.time()))
        now = replace(now, version=build.version)
        self._peer.call(lambda plans: plans.journal.bind(plan_id, now))
        return done

    def _builder(self, plan_id: str, address: Callable[[str], str]) -> _Builder:
        return _Builder(self._peer, self._files, plan_id, address)

    def _address(self, remote: Remote | None, folder: str, file: str) -> str:
        """A file's raw URL, or its name where the host of the remote is not known."""
        if remote is None:
            return file
        return raw_url(remote.url, PLAN_BRANCH, folder, file, templates=self._raw_urls) or file

    def _files(self, plan: Plan) -> dict[str, Path | bytes]:
        """The evidence whose bytes are here; what is not here lies on the branch already."""
        return {
            one.file: self._blobs.path(one.hash)
            for one in plan.artifacts
            if one.hash and not one.withdrawn and self._blobs.has(one.hash) and _is_safe(one.file)
        }


def _is_safe(file: str) -> bool:
    """Whether a file may be written; a peer may have named one that must not keep all back."""
    try:
        checked_name(file)
    except UnsafePathError:
        _log.warning("Evidence named %r was not published", file[:100])
        return False
    return True


def plan_json(plan: Plan) -> bytes:
    """`plan.json`: UTF-8, two spaces of indent, a line end at its end, keys in the schema's order.

    `pr`, `branch` and `review` are there even when they are null, as in the first data model.
    """
    wire = plan.to_wire()
    names = (field.alias or name for name, field in Plan.model_fields.items())
    ordered = {name: wire.get(name) for name in names if name in wire or name in _ALWAYS}
    text = json.dumps({"plan": ordered}, ensure_ascii=False, indent=2) + "\n"
    return text.encode("utf-8", "replace")


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


def _addressed(plan: Plan, address: Callable[[str], str]) -> Plan:
    """`plan` with the URLs of its evidence."""
    artifacts = [one.model_copy(update={"url": address(one.file)}) for one in plan.artifacts]
    return plan.model_copy(update={"artifacts": artifacts})

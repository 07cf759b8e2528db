"""Bringing the bytes of published evidence from its repository into the store."""

from __future__ import annotations

from ..errors import IntegrityError, NotFoundError
from ..git.remote import Remote, fetch, find_remote
from ..git.repository import Repository, branch_ref
from ..plan.schema import Artifact
from ..store.bindings import Binding
from ..store.blobs import MAX_ARTIFACT, BlobStore
from ..store.names import PLAN_BRANCH, checked_name


def fetch_artifact(
    blobs: BlobStore, binding: Binding | None, artifact: Artifact, limit: int = MAX_ARTIFACT
) -> None:
    """Put an artifact's bytes into `blobs`, from the plan branch as it is here, else as it is at
    the remote, which is fetched once.

    Raises `NotFoundError` when neither has the file, and `IntegrityError` when it has another
    hash than the plan records.
    """
    if binding is None or not binding.folder:
        raise _missing(artifact, "the plan was not published from this machine")
    path = f"{binding.folder}/{checked_name(artifact.file)}"
    with Repository.open(binding.workdir) as repository:
        remote = find_remote(repository, binding.remote)
        data = _read(repository, remote, path, limit)
        if data is None and remote is not None:
            fetch(repository, remote, PLAN_BRANCH)
            data = _read(repository, remote, path, limit)
    if data is None:
        raise _missing(artifact, f"the plan branch has no {path}")
    stored = blobs.put_bytes(data, limit)
    if stored.hash != artifact.hash:
        raise IntegrityError(
            f"{artifact.name} on the plan branch has the hash {stored.hash[7:19]}…, the plan says "
            f"{(artifact.hash or '')[7:19]}….",
            hint="Do not trust this evidence; ask for it to be attached again.",
        )


def _read(repository: Repository, remote: Remote | None, path: str, limit: int) -> bytes | None:
    refs = [branch_ref(PLAN_BRANCH)]
    if remote is not None:
        refs.append(remote.tracking_ref(PLAN_BRANCH))
        refs.append(f"refs/remotes/{remote.name}/{PLAN_BRANCH}")
    with repository.objects() as objects:
        for ref in refs:
            data = objects.blob(f"{ref}:{path}", limit)
            if data is not None:
                return data
    return None


def _missing(artifact: Artifact, why: str) -> NotFoundError:
    return NotFoundError(f"The bytes of {artifact.name} are not on this machine, and {why}.")

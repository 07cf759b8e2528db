"""Whether each artifact has the bytes that its plan recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from ..errors import PeerPlanError
from ..plan.schema import Artifact, Plan
from .names import checked_name
from .sources import Source

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ArtifactState:
    """What was found, and a sentence about it."""

    state: Literal["verified", "mismatch", "missing"]
    detail: str


def verify(
    plan: Plan, source: Source, progress: Progress | None = None
) -> dict[str, ArtifactState]:
    """The state of every artifact of `plan` by id; its content is hashed piece by piece.

    `progress(done, total)` is called after each. Raises only when the source as a whole fails.
    """
    files = {artifact.id: artifact_file(artifact) for artifact in plan.artifacts}
    wanted = sorted({file for file in files.values() if file})
    hashes: dict[str, str | None] = {}
    for done, (file, pieces) in enumerate(source.contents(wanted), 1):
        hashes[file] = _hashed(pieces)
        if progress:
            progress(done, len(wanted))
    return {artifact.id: _judged(artifact, hashes) for artifact in plan.artifacts}


def artifact_file(artifact: Artifact) -> str:
    """The name of the artifact's file in the plan's folder: what it says, or the end of its URL.
    Empty when it names none that could be there.
    """
    name = artifact.file or unquote(
        artifact.url.partition("#")[0].partition("?")[0].rsplit("/")[-1]
    )
    try:
        return checked_name(name)
    except PeerPlanError:
        return ""


def _hashed(pieces: Iterable[bytes] | None) -> str | None:
    if pieces is None:
        return None
    hashed = hashlib.sha256()
    try:
        for piece in pieces:
            hashed.update(piece)
    except PeerPlanError:
        return None
    return f"sha256:{hashed.hexdigest()}"


def _judged(artifact: Artifact, hashes: dict[str, str | None]) -> ArtifactState:
    file = artifact_file(artifact)
    if not file:
        return ArtifactState("missing", "The plan names no file that could hold this artifact.")
    actual = hashes.get(file)
    if actual is None:
        return ArtifactState("missing", f"{file} cannot be read from the plan's folder.")
    if artifact.hash is None:
        return ArtifactState("mismatch", f"The plan records no hash for {file}.")
    if actual != artifact.hash:
        return ArtifactState(
            "mismatch",
            f"{file} has the hash {actual[:15]}…; the plan records {artifact.hash[:15]}….",
        )
    return ArtifactState("verified", f"{file} has the recorded hash.")

"""Taking a file in as evidence: its bytes into the store, its facts into an operation's fields."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from ..errors import ForbiddenError
from ..plan.schema import ArtifactType
from ..store.blobs import MAX_ARTIFACT, Blob, BlobStore
from ..store.names import checked_name
from .kinds import HEAD, detect


@dataclass(frozen=True)
class Evidence:
    """A file whose bytes are in the store."""

    name: str
    type: ArtifactType
    media_type: str
    blob: Blob

    def fields(self) -> dict[str, object]:
        """The fields of an `add_artifact` operation that come from the file."""
        return {
            "name": self.name,
            "file": self.name,
            "type": self.type,
            "mediaType": self.media_type,
            "hash": self.blob.hash,
            "size": self.blob.size,
        }


def take_file(
    blobs: BlobStore,
    path: Path,
    name: str = "",
    within: Path | None = None,
    limit: int = MAX_ARTIFACT,
) -> Evidence:
    """Read a file once into the store.

    With `within`, a path that leads out of that folder, by `..`, as an absolute path or through
    a link, is refused with `ForbiddenError`. Raises what `BlobStore.put_file` raises, and
    `UnsafePathError` for a name that cannot be a file name everywhere.
    """
    wanted = checked_name(name or _name(path))
    if within is not None:
        path = _inside(path, within)
    blob = blobs.put_file(path, limit)
    with blobs.open(blob.hash) as file:
        kind, media_type = detect(wanted, file.read(HEAD))
    return Evidence(wanted, kind, media_type, blob)


def take_bytes(blobs: BlobStore, data: bytes, name: str, limit: int = MAX_ARTIFACT) -> Evidence:
    """Put bytes given inline into the store under a file name."""
    wanted = checked_name(name)
    blob = blobs.put_bytes(data, limit)
    kind, media_type = detect(wanted, data[:HEAD])
    return Evidence(wanted, kind, media_type, blob)


def _name(path: Path) -> str:
    """What a path calls its file; the name of the folder where it only points to one."""
    own = PurePath(path).name
    return path.resolve().name if own in ("", "..") else own


def _inside(path: Path, folder: Path) -> Path:
    root = folder.resolve()
    full = path if path.is_absolute() else root / path
    if not full.parent.resolve().is_relative_to(root):
        raise ForbiddenError(
            f"{str(path)[:200]} lies outside {root}.",
            hint="Attach files of the repository, or give the content inline.",
        )
    return full.parent.resolve() / full.name

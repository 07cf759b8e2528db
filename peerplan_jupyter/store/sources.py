"""Where a published plan's files are read from: a commit, a web server, or a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from ..errors import PeerPlanError, StorageError, TooLargeError
from ..git.objects import TreeEntry
from ..git.repository import Repository
from ..git.scratch import ScratchClone
from . import http
from .blobs import CHUNK

MAX_FILE = 2_000_000_000
"""Bytes; a larger artifact is not even hashed."""


class Source(Protocol):
    """A plan's folder somewhere."""

    def read(self, file: str, limit: int) -> bytes | None:
        """The content of a file, or None. `TooLargeError` above `limit` bytes."""

    def contents(self, files: Sequence[str]) -> Iterator[tuple[str, Iterable[bytes] | None]]:
        """Each file with its content in pieces, or None; one after the other."""


@dataclass(frozen=True)
class CommitSource:
    """A folder of a commit."""

    repository: Path
    commit: str
    folder: str
    scratch: ScratchClone | None = None
    """Where the files still have to be fetched from."""

    def read(self, file: str, limit: int) -> bytes | None:
        """See `Source`."""
        with Repository.open(self.repository) as repository, repository.objects() as objects:
            entry = objects.tree(f"{self.commit}:{self.folder}").get(file)
            if entry is None or not entry.is_file:
                return None
            self._bring([entry])
            return objects.blob(entry.oid, limit)

    def contents(self, files: Sequence[str]) -> Iterator[tuple[str, Iterable[bytes] | None]]:
        """See `Source`."""
        with Repository.open(self.repository) as repository, repository.objects() as objects:
            tree = objects.tree(f"{self.commit}:{self.folder}")
            entries = {file: tree[file] for file in files if file in tree and tree[file].is_file}
            self._bring(list(entries.values()))
            for file in files:
                pieces = objects.stream(entries[file].oid) if file in entries else None
                yield file, pieces
                for _ in pieces or ():
                    pass

    def _bring(self, entries: Sequence[TreeEntry]) -> None:
        if self.scratch and entries:
            self.scratch.bring([entry.oid for entry in entries])


@dataclass(frozen=True)
class WebSource:
    """A folder on a web server."""

    base: str
    """Its URL, without a slash at the end."""

    def read(self, file: str, limit: int) -> bytes | None:
        """See `Source`."""
        return http.download(self._url(file), limit)

    def contents(self, files: Sequence[str]) -> Iterator[tuple[str, Iterable[bytes] | None]]:
        """See `Source`. What the server does not give is None."""
        for file in files:
            try:
                yield file, http.stream(self._url(file), MAX_FILE)
            except PeerPlanError:
                yield file, None

    def _url(self, file: str) -> str:
        base, mark, query = self.base.partition("?")
        return f"{base.rstrip('/')}/{quote(file)}{mark}{query}"


@dataclass(frozen=True)
class FolderSource:
    """A folder on this machine. Symbolic links are not followed out of it.

    Besides what `Source` says, `StorageError` where the system refuses to read.
    """

    path: Path

    def read(self, file: str, limit: int) -> bytes | None:
        """See `Source`."""
        path = self._file(file)
        return b"".join(_chunks(path, limit)) if path else None

    def contents(self, files: Sequence[str]) -> Iterator[tuple[str, Iterable[bytes] | None]]:
        """See `Source`."""
        for file in files:
            path = self._file(file)
            yield file, _chunks(path, MAX_FILE) if path else None

    def _file(self, file: str) -> Path | None:
        path = self.path / file
        try:
            return path if path.is_file() and not path.is_symlink() else None
        except OSError as error:
            raise _unreadable(path, error) from None


def _chunks(path: Path, limit: int) -> Iterator[bytes]:
    """The content piece by piece; what a file says of its size is not believed."""
    size = 0
    try:
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                size += len(piece)
                if size > limit:
                    raise TooLargeError(f"{path} is larger than {limit:,} bytes.", limit=limit)
                yield piece
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{str(path)[:300]} cannot be read: {error.strerror or error}.")

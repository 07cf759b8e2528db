"""Where a published plan's files are read from: a commit, a web server, or a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from ..errors import PeerPlanError, TooLargeError
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
    """A folder on this machine. Symbolic links are not followed out of it."""

    path: Path

    def read(self, file: str, limit: int) -> bytes | None:
        """See `Source`."""
        path = self._file(file)
        if path is None:
            return None
        if path.stat().st_size > limit:
            raise TooLargeError(f"{path} is larger than {limit:,} bytes.", limit=limit)
        return path.read_bytes()

    def contents(self, files: Sequence[str]) -> Iterator[tuple[str, Iterable[bytes] | None]]:
        """See `Source`."""
        for file in files:
            path = self._file(file)
            yield file, _chunks(path) if path else None

    def _file(self, file: str) -> Path | None:
        path = self.path / file
        return path if path.is_file() and not path.is_symlink() else None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece

"""Bytes kept by their sha256 in files, until they are published and after."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import (
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    StorageError,
    TooLargeError,
    UnsafePathError,
)

MAX_ARTIFACT = 25_000_000
"""Bytes; the default limit of one artifact."""

CHUNK = 1 << 20
_hash = re.compile(r"(?:sha256:)?([0-9a-f]{64})\Z")


@dataclass(frozen=True)
class Blob:
    """What was stored: `hash` is `sha256:` and 64 hex digits, `size` counts bytes."""

    hash: str
    size: int


class BlobStore:
    """A folder of files named by the sha256 of their content. Any number of threads and
    processes may use it at once.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put_bytes(self, data: bytes, limit: int = MAX_ARTIFACT) -> Blob:
        """Keep `data`; it is on the disk when this returns."""
        _check_size("The content", len(data), limit)
        with self._writing() as file:
            file.write(data)
            return self._settle(file, hashlib.sha256(data).hexdigest(), len(data))

    def put_file(self, path: Path, limit: int = MAX_ARTIFACT) -> Blob:
        """Keep the content of the file at `path`, which is read once.

        Raises `UnsafePathError` for a symbolic link, `InvalidInputError` for a folder, an empty
        file or a file that changes while it is read, `TooLargeError` above `limit` bytes.
        """
        with _opened(path) as source, self._writing() as file:
            before = os.fstat(source.fileno())
            _check_size(path.name, before.st_size, limit)
            digest, size = _copy(source, file, limit, path.name)
            _check_unchanged(path, before, os.fstat(source.fileno()), size)
            return self._settle(file, digest, size)

    def has(self, hash: str) -> bool:  # noqa: A002
        """Whether the bytes with this hash are kept here."""
        return self.find(hash) is not None

    def find(self, hash: str) -> Path | None:  # noqa: A002
        """The file that holds the bytes with this hash, or None. Not verified."""
        path = self._path(hash)
        return path if os.path.isfile(path) else None  # noqa: PTH113 (a plan may have thousands)

    def path(self, hash: str) -> Path:  # noqa: A002
        """The file that holds them. `NotFoundError` when it is not there. Not verified."""
        path = self.find(hash)
        if path is None:
            raise NotFoundError(f"No bytes with the hash {_digest(hash)[:12]}… are kept here.")
        return path

    def open(self, hash: str) -> BinaryIO:  # noqa: A002
        """The verified bytes as an open file; the caller closes it. `IntegrityError` when they
        are not what they were.
        """
        file = self.path(hash).open("rb")
        try:
            _verify(file, _digest(hash))
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    def read(self, hash: str) -> bytes:  # noqa: A002
        """The verified bytes."""
        with self.open(hash) as file:
            return file.read()

    def _path(self, hash: str) -> Path:  # noqa: A002
        digest = _digest(hash)
        return self.root.joinpath(digest[:2], digest[2:])

    @contextlib.contextmanager
    def _writing(self) -> Iterator[BinaryIO]:
        """A new file that is gone afterwards unless it was settled."""
        name = ""
        try:
            (self.root / "tmp").mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.root / "tmp", delete=False) as file:
                name = file.name
                yield file  # type: ignore[misc]
        except OSError as error:
            raise StorageError(
                f"The artifact cannot be kept in {self.root}: {error.strerror or error}.",
                hint="Make room on the disk, or set PEERPLAN_HOME to a folder you can write to.",
            ) from None
        finally:
            if name:
                Path(name).unlink(missing_ok=True)

    def _settle(self, file: BinaryIO, digest: str, size: int) -> Blob:
        target = self._path(digest)
        file.flush()
        if not (target.is_file() and target.stat().st_size == size):
            os.fsync(file.fileno())
            file.close()
            target.parent.mkdir(mode=0o700, exist_ok=True)
            Path(file.name).replace(target)
            _sync_folder(target.parent)
        return Blob(f"sha256:{digest}", size)


def _digest(hash: str) -> str:  # noqa: A002
    match = _hash.match(hash)
    if not match:
        raise InvalidInputError(f"{hash[:80]!r} is not a sha256 hash.")
    return match[1]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The regular file at `path`; neither a link nor a device is ever opened."""
    _check_kind(path, _lstat(path))
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}.") from None
    with os.fdopen(descriptor, "rb") as file:
        _check_kind(path, os.fstat(file.fileno()))
        yield file


def _lstat(path: Path) -> os.stat_result:
    try:
        return path.lstat()
    except ValueError:
        raise UnsafePathError(f"{str(path)[:120]!r} contains a NUL character.") from None
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {str(path)[:300]}.") from None
    except OSError as error:
        raise InvalidInputError(f"{str(path)[:300]} cannot be read: {error.strerror}.") from None


def _check_kind(path: Path, found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise UnsafePathError(
            f"{path} is a symbolic link.", hint="Attach the file that it points to."
        )
    if stat.S_ISDIR(found.st_mode):
        raise InvalidInputError(f"{path} is a folder.", hint="Attach a file, or an archive of it.")
    if not stat.S_ISREG(found.st_mode):
        raise InvalidInputError(f"{path} is not an ordinary file.")
    if found.st_size == 0:
        raise InvalidInputError(f"{path} is empty, which proves nothing.")


def _check_size(what: str, size: int, limit: int) -> None:
    if size == 0:
        raise InvalidInputError(f"{what} is empty, which proves nothing.")
    if size > limit:
        raise TooLargeError(
            f"{what} has {size:,} bytes; an artifact may have {limit:,}.",
            hint="Attach a smaller file, or raise the limit in the configuration.",
            size=size,
            limit=limit,
        )


def _check_unchanged(path: Path, before: os.stat_result, after: os.stat_result, size: int) -> None:
    facts = ("st_size", "st_mtime_ns", "st_ino", "st_dev")
    same = all(getattr(before, fact) == getattr(after, fact) for fact in facts)
    if not same or size != before.st_size or _lstat(path).st_ino != before.st_ino:
        raise InvalidInputError(
            f"{path} changed while it was read.", hint="Attach it when it is finished."
        )


def _copy(source: BinaryIO, target: BinaryIO, limit: int, what: str) -> tuple[str, int]:
    hashed = hashlib.sha256()
    size = 0
    while piece := source.read(CHUNK):
        size += len(piece)
        _check_size(what, size, limit)
        hashed.update(piece)
        target.write(piece)
    return hashed.hexdigest(), size


def _verify(file: BinaryIO, digest: str) -> None:
    hashed = hashlib.sha256()
    while piece := file.read(CHUNK):
        hashed.update(piece)
    actual = hashed.hexdigest()
    if actual != digest:
        raise IntegrityError(
            f"The kept bytes have the hash {actual[:12]}…, not {digest[:12]}… as recorded.",
            hint="Attach the file again.",
        )


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

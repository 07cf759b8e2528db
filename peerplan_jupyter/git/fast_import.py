"""A commit as a stream of commands (see git-fast-import): what is to change, without a checkout."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..errors import IntegrityError
from .repository import Signature

CHUNK = 1 << 18


@dataclass(frozen=True)
class Write:
    """Put a file with new content at `path`."""

    path: str
    content: bytes | Path


@dataclass(frozen=True)
class Keep:
    """Put an object that the repository already has at `path`."""

    path: str
    mode: str
    oid: str


@dataclass(frozen=True)
class Delete:
    """Take away the file or folder at `path`."""

    path: str


Change = Write | Keep | Delete


@dataclass(frozen=True)
class NewCommit:
    """A commit to be: the first parent's tree with `changes`; without parents, a new root."""

    parents: Sequence[str]
    changes: Sequence[Change]
    message: str
    author: Signature


def stream(commit: NewCommit, ref: str) -> Iterator[bytes]:
    """The commands that make `commit` on `ref` and print its id.

    The commit itself is the last piece, so that a stream that breaks off before has made none.
    """
    for mark, change in enumerate(commit.changes, start=2):
        if isinstance(change, Write):
            yield b"blob\nmark :%d\n" % mark
            yield from _data(change.content)
    yield b"".join(_commit(commit, ref))


def _commit(commit: NewCommit, ref: str) -> Iterator[bytes]:
    stamp = f"{commit.author} {int(time.time())} +0000"
    message = commit.message.encode("utf-8", "replace")
    yield f"commit {ref}\nmark :1\nauthor {stamp}\ncommitter {stamp}\n".encode()
    yield from _data(message)
    for word, parent in zip(("from", "merge", "merge"), commit.parents, strict=False):
        yield f"{word} {parent}\n".encode()
    for mark, change in enumerate(commit.changes, start=2):
        yield _change(change, mark)
    yield b"get-mark :1\n"


def _change(change: Change, mark: int) -> bytes:
    path = _quoted(change.path)
    if isinstance(change, Delete):
        return b"D %s\n" % path
    if isinstance(change, Keep):
        return b"M %s %s %s\n" % (change.mode.zfill(6).encode(), change.oid.encode(), path)
    return b"M 100644 :%d %s\n" % (mark, path)


def _data(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield b"data %d\n%s\n" % (len(content), content)
        return
    with content.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        yield b"data %d\n" % size
        left = size
        while left and (piece := file.read(min(left, CHUNK))):
            left -= len(piece)
            yield piece
        if left or file.read(1):
            raise IntegrityError(f"{content.name} changed while it was published.")
    yield b"\n"


def _quoted(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode("utf-8", "surrogateescape")


def blob_oid(content: bytes | Path, algorithm: str = "sha1") -> str:
    """The id that git gives a file with this content; `algorithm` is the repository's.

    A file that is as it was when it was last asked about is not read again.
    """
    if isinstance(content, bytes):
        return hashlib.new(
            algorithm, b"blob %d\0%s" % (len(content), content), usedforsecurity=False
        ).hexdigest()
    facts = content.stat()
    stamp = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
    return _file_oid(content, algorithm, stamp)


@lru_cache(maxsize=10_000)
def _file_oid(path: Path, algorithm: str, stamp: tuple[int, ...]) -> str:  # noqa: ARG001
    with path.open("rb", buffering=0) as file:
        head = b"blob %d\0" % os.fstat(file.fileno()).st_size
        hashed = hashlib.new(algorithm, head, usedforsecurity=False)
        while piece := file.read(CHUNK):
            hashed.update(piece)
    return hashed.hexdigest()

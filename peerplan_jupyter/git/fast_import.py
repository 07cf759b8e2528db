"""Writing a commit without a checkout, by one `git fast-import` stream (see git-fast-import)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from ..errors import GitError, IntegrityError
from .address import redact
from .process import kill, last_words
from .repository import Repository, Signature, checked_ref

CHUNK = 1 << 18
TIMEOUT = 600


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


def write_commit(repository: Repository, commit: NewCommit, ref: str) -> str:
    """Write `commit` and point `ref`, which must be new, at it; returns its id.

    On any failure neither the ref nor a report of git's is left behind; objects that were written
    before it are unreachable, and git removes them in its own time.
    """
    pieces = stream(commit, checked_ref(ref))
    process = repository.runner.start("fast-import", "--quiet", "--done", "--date-format=raw")
    try:
        stdout, stderr = _fed(process, pieces)
    except BaseException:
        kill(process)
        raise
    finally:
        with contextlib.suppress(OSError):
            (repository.common_dir / f"fast_import_crash_{process.pid}").unlink()
    if process.returncode:
        words = last_words(redact(stderr.decode("utf-8", "replace")))
        raise GitError(f"git could not write the commit: {words}")
    return stdout.split()[-1].decode()


def _fed(process: subprocess.Popen[bytes], pieces: Iterator[bytes]) -> tuple[bytes, bytes]:
    """What git answers to `pieces`. When it stops listening, what it says is its answer too."""
    stdin = cast("BinaryIO", process.stdin)
    try:
        with contextlib.suppress(BrokenPipeError):
            stdin.writelines(pieces)
        return process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        raise GitError(f"git did not write the commit within {TIMEOUT} s.") from None


def stream(commit: NewCommit, ref: str) -> Iterator[bytes]:
    """The commands that make `commit` on `ref` and print its id."""
    stamp = f"{commit.author} {int(time.time())} +0000"
    message = commit.message.encode("utf-8", "replace")
    yield f"commit {ref}\nmark :1\nauthor {stamp}\ncommitter {stamp}\n".encode()
    yield b"data %d\n%s\n" % (len(message), message)
    for word, parent in zip(("from", "merge", "merge"), commit.parents, strict=False):
        yield f"{word} {parent}\n".encode()
    for change in commit.changes:
        yield from _change(change)
    yield b"get-mark :1\ndone\n"


def _change(change: Change) -> Iterator[bytes]:
    path = _quoted(change.path)
    if isinstance(change, Delete):
        yield b"D %s\n" % path
    elif isinstance(change, Keep):
        yield b"M %s %s %s\n" % (change.mode.zfill(6).encode(), change.oid.encode(), path)
    elif isinstance(change.content, Path):
        yield from _file(path, change.content)
    else:
        yield b"M 100644 inline %s\ndata %d\n%s\n" % (path, len(change.content), change.content)


def _file(path: bytes, source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        yield b"M 100644 inline %s\ndata %d\n" % (path, size)
        left = size
        while left and (piece := file.read(min(left, CHUNK))):
            left -= len(piece)
            yield piece
        if left or file.read(1):
            raise IntegrityError(f"{source.name} changed while it was published.")
    yield b"\n"


def _quoted(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode("utf-8", "surrogateescape")


def blob_oid(content: bytes | Path, algorithm: str = "sha1") -> str:
    """The id that git gives a file with this content; `algorithm` is the repository's."""
    if isinstance(content, bytes):
        return hashlib.new(
            algorithm, b"blob %d\0%s" % (len(content), content), usedforsecurity=False
        ).hexdigest()
    with content.open("rb") as file:
        head = b"blob %d\0" % os.fstat(file.fileno()).st_size
        hashed = hashlib.new(algorithm, head, usedforsecurity=False)
        while piece := file.read(CHUNK):
            hashed.update(piece)
    return hashed.hexdigest()

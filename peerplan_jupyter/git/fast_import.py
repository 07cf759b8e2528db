"""Writing a commit without a checkout, by one `git fast-import` stream (see git-fast-import)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
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


class CommitWriter:
    """One `git fast-import`: it writes a commit under a private ref, waits, and moves refs in the
    end. It is starting when this returns. Use it with `with`; one thread at a time.

    The private ref lasts from `write` to the end, and git takes it away even when this process
    is killed before that. What nothing leads to then, git removes in its own time. No report of
    git's is left behind.
    """

    def __init__(self, repository: Repository) -> None:
        self._folder = repository.common_dir
        self._process = repository.runner.start("fast-import", "--quiet", "--date-format=raw")
        self._stdin = cast("BinaryIO", self._process.stdin)
        self._stdout = cast("BinaryIO", self._process.stdout)
        self._open = True

    def write(self, commit: NewCommit, ref: str) -> str:
        """Write `commit`, point `ref`, which must be new, at it, and return its id; once only.

        Raises `GitError` when git refuses it, and what reading the files raises; then it is over.
        """
        try:
            self._send(_joined(stream(commit, checked_ref(ref))))
            made = self._answer()
            self._send([b"checkpoint\nprogress done\n", _reset(ref, "0" * len(made))])
            self._answer()
        except BaseException:
            self._drop()
            raise
        return made

    def move(self, refs: Mapping[str, str | None]) -> None:
        """Begin to point each of `refs` at its commit, or to remove it (None); the last thing.

        A ref is moved forward only, as a compare-and-swap: one at a commit that the new one does
        not contain, or that somebody else holds, stays where it is.
        """
        nothing = "0" * max((len(commit) for commit in refs.values() if commit), default=40)
        self._send(_reset(checked_ref(ref), commit or nothing) for ref, commit in refs.items())
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()
        self._process.stdin = None  # or `communicate` would use it again

    def end(self) -> bool:
        """Wait for git's end; whether all refs were moved."""
        return self._end()[0] == 0

    def close(self) -> None:
        """End, if it has not ended."""
        if self._open:
            self._end()

    def __enter__(self) -> CommitWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, pieces: Iterable[bytes]) -> None:
        """When git stops listening, its answer says why."""
        with contextlib.suppress(BrokenPipeError):
            self._stdin.writelines(pieces)
            self._stdin.flush()

    def _answer(self) -> str:
        self._wait()
        line = self._stdout.readline()
        if line.endswith(b"\n"):
            return line.strip().decode()
        _, said = self._end()
        raise GitError(f"git could not write the commit: {last_words(said)}")

    def _drop(self) -> None:
        """End in the middle of a commit, so that there is none."""
        if self._open:
            self._send([b"\nnever mind\n"])  # git has no such command
            self._end()

    def _end(self) -> tuple[int, str]:
        """Let git come to its end; its status and its words."""
        self._open = False
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                _, said = self._process.communicate(timeout=TIMEOUT)
                return self._process.returncode, redact(said.decode("utf-8", "replace"))
            return 1, f"it took longer than {TIMEOUT} s"
        finally:
            kill(self._process)
            with contextlib.suppress(OSError):
                (self._folder / f"fast_import_crash_{self._process.pid}").unlink()

    def _wait(self) -> None:
        """End git if it says nothing for `TIMEOUT` seconds, where pipes can be waited for."""
        if hasattr(select, "poll"):
            waiting = select.poll()
            waiting.register(self._stdout, select.POLLIN)
            if not waiting.poll(TIMEOUT * 1000):
                self._process.kill()
                raise GitError(f"git did not write the commit within {TIMEOUT} s.")


def _reset(ref: str, commit: str) -> bytes:
    return f"reset {ref}\nfrom {commit}\n\n".encode()


def _joined(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer, larger pieces."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= CHUNK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


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

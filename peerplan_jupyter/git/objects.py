"""Reading objects through one `git cat-file --batch`."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Iterable, Iterator, Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import BinaryIO, NamedTuple, TypeVar, cast

from ..errors import GitError, TooLargeError
from .process import GitRunner, kill

MAX_OBJECT = 64_000_000
CHUNK = 1 << 18

T = TypeVar("T")


class TreeEntry(NamedTuple):
    """One line of a tree."""

    mode: str
    name: str
    oid: str

    @property
    def is_tree(self) -> bool:
        """Whether it is a folder."""
        return self.mode == "40000"

    @property
    def is_file(self) -> bool:
        """Whether it is an ordinary file (no symbolic link, no submodule)."""
        return self.mode.startswith("100")


class Found(NamedTuple):
    """An object that is there. It has no `data` when it is larger than was asked for."""

    oid: str
    kind: str
    data: bytes | None


class ObjectReader:
    """Objects by name: an id, a ref, or `commit:path`. One thread at a time."""

    def __init__(self, runner: GitRunner) -> None:
        self._process = runner.start("cat-file", "--batch")
        self._stdin = cast("BinaryIO", self._process.stdin)
        pipe = cast("io.BufferedReader", self._process.stdout)
        self._stdout = io.BufferedReader(pipe.raw, CHUNK)
        self._questions: SimpleQueue[bytes | None] | None = None
        self._oid_size = 20

    def commit(self, name: str) -> str | None:
        """The id of the commit that `name` leads to, or None."""
        found = self._ask(f"{name}^{{commit}}")
        if found is None:
            return None
        self._skip(found[2])
        return found[0]

    def message(self, name: str, limit: int = MAX_OBJECT) -> str | None:
        """The message of the commit that `name` leads to, or None. `TooLargeError` when the commit
        has above `limit` bytes.
        """
        data = self._read(f"{name}^{{commit}}", "commit", limit)
        return data.partition(b"\n\n")[2].decode("utf-8", "replace") if data is not None else None

    def blob(self, name: str, limit: int = MAX_OBJECT) -> bytes | None:
        """The content of a file, or None. `TooLargeError` above `limit` bytes."""
        return self._read(name, "blob", limit)

    def tree(self, name: str) -> dict[str, TreeEntry]:
        """The entries of a folder by name; empty when there is none."""
        data = self._read(name, "tree", MAX_OBJECT)
        return {entry.name: entry for entry in parse_tree(data, self._oid_size)} if data else {}

    def many(self, names: Sequence[str], limit: int = MAX_OBJECT) -> Iterator[Found | None]:
        """What each of `names` leads to, or None, in order. It is asked for at once, and git looks
        for it until it is read. More may be asked for before that: read what comes of each list to
        its end, in the order of asking, before anything else is asked.
        """
        asked = ["" if "\n" in name else name for name in names]
        if asked:
            self._send("".join(f"{name}\n" for name in asked).encode("utf-8", "surrogateescape"))
        return self._answers(len(asked), limit)

    def ahead(
        self, lists: Iterable[tuple[T, Sequence[str]]], limit: int = MAX_OBJECT
    ) -> Iterator[tuple[T, Iterator[Found | None]]]:
        """What `many` finds of each list, beside what came with the list. Each is asked for before
        the answers to the one before are read, so that git is at work meanwhile. Lists may be made
        of what comes from another `ahead`.
        """
        before: tuple[T, Iterator[Found | None]] | None = None
        for what, names in lists:
            asked = (what, self.many(names, limit))
            if before:
                yield before
            before = asked
        if before:
            yield before

    def stream(self, name: str) -> Iterator[bytes] | None:
        """The content of a file in pieces, or None. Read it to its end before asking again."""
        found = self._ask(name)
        if found is None:
            return None
        return self._pieces(found[2])

    def _read(self, name: str, kind: str, limit: int) -> bytes | None:
        found = self._ask(name)
        if found is None:
            return None
        oid, actual, size = found
        self._oid_size = len(oid) // 2
        if actual != kind or size > limit:
            self._skip(size)
        if actual != kind:
            return None
        if size > limit:
            raise TooLargeError(f"{name[:200]} has {size:,} bytes; at most {limit:,} are read.")
        return self._whole(size)

    def _ask(self, name: str) -> tuple[str, str, int] | None:
        """The id, the kind and the size of what comes next, or None for nothing."""
        if "\n" in name:
            return None
        self._write(name.encode("utf-8", "surrogateescape") + b"\n")
        return self._answered()

    def _write(self, data: bytes) -> None:
        """Ask; when git stopped listening, its answer is missing."""
        with contextlib.suppress(OSError, ValueError):
            self._stdin.write(data)
            self._stdin.flush()

    def _send(self, data: bytes) -> None:
        """Ask without waiting until git has read the questions, which may be more than it takes
        before its answers are read.
        """
        if self._questions is None:
            self._questions = SimpleQueue()
            threading.Thread(target=self._write_all, args=(self._questions,), daemon=True).start()
        self._questions.put(data)

    def _write_all(self, questions: SimpleQueue[bytes | None]) -> None:
        for data in iter(questions.get, None):
            self._write(data)

    def _answers(self, count: int, limit: int) -> Iterator[Found | None]:
        for _ in range(count):
            if (found := self._answered()) is None:
                yield None
                continue
            oid, kind, size = found
            if size > limit:
                self._skip(size)
            yield Found(oid, kind, self._whole(size) if size <= limit else None)

    def _answered(self) -> tuple[str, str, int] | None:
        head = self._stdout.readline()
        if not head.endswith(b"\n"):
            raise self._gone()
        words = head.split()
        if not words[-1].isdigit():
            return None
        return words[-3].decode(), words[-2].decode(), int(words[-1])

    def _pieces(self, size: int) -> Iterator[bytes]:
        left = size
        while left:
            piece = self._stdout.read(min(left, CHUNK))
            if not piece:
                raise self._gone()
            left -= len(piece)
            yield piece
        self._stdout.read(1)

    def _whole(self, size: int) -> bytes:
        if size > CHUNK:
            return b"".join(self._pieces(size))
        data = self._stdout.read(size + 1)
        if len(data) <= size:
            raise self._gone()
        return data[:size]

    def _skip(self, size: int) -> None:
        for _ in self._pieces(size):
            pass

    def _gone(self) -> GitError:
        return GitError("git stopped while an object was read; the repository may be damaged.")

    def close(self) -> None:
        """End the git process."""
        if self._questions:
            self._questions.put(None)
        kill(self._process)

    def __enter__(self) -> ObjectReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def parse_tree(data: bytes, oid_size: int) -> list[TreeEntry]:
    """The entries of a tree object; names that are not UTF-8 keep their bytes as surrogates."""
    entries = []
    at = 0
    while at < len(data):
        space = data.index(b" ", at)
        end = data.index(b"\0", space)
        oid = data[end + 1 : end + 1 + oid_size]
        name = data[space + 1 : end].decode("utf-8", "surrogateescape")
        entries.append(TreeEntry(data[at:space].decode(), name, oid.hex()))
        at = end + 1 + oid_size
    return entries

"""Writing a commit and moving refs through one `git fast-import`."""

from __future__ import annotations

import contextlib
import select
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import BinaryIO, cast

from ..errors import GitError
from .address import redact
from .fast_import import CHUNK, NewCommit, stream
from .process import kill, last_words
from .repository import Place, checked_ref

TIMEOUT = 600
GRACE = 10
"""Seconds that git has to clean up after a commit that is not to be."""


class CommitWriter:
    """One `git fast-import`: it writes a commit under a private ref, waits, and moves refs in the
    end. It is starting when this returns. Use it with `with`; one thread at a time.

    The private ref lasts from `write` to the end, and git takes it away even when this process
    is killed before that. What nothing leads to then, git removes in its own time. No report of
    git's is left behind.
    """

    def __init__(self, repository: Place) -> None:
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
        self._hang_up()

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
            self._end(GRACE)

    def _hang_up(self) -> None:
        """Say that nothing more comes. The pipe's end alone may not tell: a process that was forked
        meanwhile has the pipe open too.
        """
        if self._process.stdin is not None:
            self._send([b"done\n"])
            with contextlib.suppress(BrokenPipeError):
                self._stdin.close()
            self._process.stdin = None  # or `communicate` would use it again

    def _end(self, patience: float = TIMEOUT) -> tuple[int, str]:
        """Let git come to its end; its status and its words."""
        self._open = False
        try:
            self._hang_up()
            with contextlib.suppress(subprocess.TimeoutExpired):
                _, said = self._process.communicate(timeout=patience)
                return self._process.returncode, redact(said.decode("utf-8", "replace"))
            return 1, f"it took longer than {patience} s"
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

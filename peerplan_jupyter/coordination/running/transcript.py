"""What a command printed: kept in a file that does not grow without end, and shown."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from ...errors import StorageError

MAX_HEAD = 4 << 20
MAX_TAIL = 4 << 20
"""Bytes of the beginning and of the end that are kept of what a command printed."""

Show = Callable[[bytes], None]


class Transcript:
    """The file at `path`. What is above both limits is left out in the middle, and said to be."""

    def __init__(self, path: Path, show: Show | None = None) -> None:
        self.path = path
        self._show = show
        self._head = 0
        self._tail: deque[bytes] = deque()
        self._held = 0
        self._dropped = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from None

    def say(self, text: str) -> None:
        """A line about the command, not of it."""
        self._file.write(f"{text}\n".encode("utf-8", "replace"))

    def write(self, data: bytes) -> None:
        """Something that the command printed. A full disk stops the transcript, not the run."""
        if self._show is not None:
            self._show(data)
        room = MAX_HEAD - self._head
        if room > 0:
            self._head += len(data[:room])
            self._keep(data[:room])
        if len(data) > room:
            self._hold(data[max(room, 0) :])

    def tail(self, size: int) -> bytes:
        """The last `size` bytes at most."""
        held = b"".join(self._tail)
        if len(held) >= size:
            return held[-size:]
        with contextlib.suppress(OSError), self.path.open("rb") as file:
            file.seek(max(self.path.stat().st_size - (size - len(held)), 0))
            return file.read() + held
        return held

    def close(self) -> None:
        """Write the end that was held back."""
        if self._file.closed:
            return
        if self._dropped:
            self._keep(f"\n… {self._dropped:,} bytes are left out here …\n".encode())
        self._keep(b"".join(self._tail))
        self._tail.clear()
        self._file.close()

    def _hold(self, data: bytes) -> None:
        self._tail.append(data)
        self._held += len(data)
        while self._held - len(self._tail[0]) >= MAX_TAIL:
            gone = len(self._tail.popleft())
            self._held -= gone
            self._dropped += gone

    def _keep(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self._file.write(data)

    def __enter__(self) -> Transcript:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

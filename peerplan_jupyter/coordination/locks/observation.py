"""How long something has stayed as it is, by the clock of whoever looks."""

from __future__ import annotations

import contextlib
import hashlib
import time
from pathlib import Path

from ...errors import StorageError
from .process import Process
from .record import make_folder, read_record, write_record


class Observation:
    """Since when a mark has been what it is, as this machine saw it; kept in a file in `folder`, so
    that one command goes on where another looked. The clock is one that nobody can set.

    What it says is never more than what truly went by. It may be less: nobody may have looked.
    """

    def __init__(self, folder: Path, name: str) -> None:
        here = Process.here()
        self._place = f"{here.host}/{here.boot_id}"
        key = hashlib.sha256(self._place.encode()).hexdigest()[:8]
        self._path = folder / f".{name}.seen-{key}"
        self._seen: tuple[str, float] | None = None

    def unchanged_for(self, mark: str) -> float:
        """The seconds for which `mark` is known to be what it is; 0 when it is new."""
        now = time.monotonic()
        since = min((at for at in self._known(mark) if at <= now), default=None)
        if since is None:
            since = now
            with contextlib.suppress(StorageError):
                make_folder(self._path.parent)
                write_record(self._path, {"mark": mark, "at": now}, lasting=False)
        self._seen = mark, since
        return now - since

    def forget(self) -> None:
        """Take the file away."""
        self._seen = None
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _known(self, mark: str) -> list[float]:
        known = [self._seen[1]] if self._seen and self._seen[0] == mark else []
        with contextlib.suppress(ValueError):
            found = read_record(self._path) or {}
            if found.get("mark") == mark and isinstance(found.get("at"), float):
                known.append(found["at"])
        return known

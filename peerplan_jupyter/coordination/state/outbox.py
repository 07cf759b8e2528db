"""What could not be sent yet, and why: said once, and tried again with whatever comes next."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ...errors import PeerPlanError, StorageError
from ..tasks.task import now
from ..yamlfile import write_atomically


@dataclass(frozen=True)
class Waiting:
    """Why states wait in this clone."""

    reason: str
    """The code of the error that stopped them."""
    error: str
    since: str
    tried: str
    attempts: int


class Outbox:
    """A note in git's common folder. The states themselves are commits on this clone's branch."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "outbox.json"

    def waiting(self) -> Waiting | None:
        """Why states wait, or None where none does."""
        try:
            return Waiting(**json.loads(self._file.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def keep(self, error: PeerPlanError) -> bool:
        """Note that sending failed; whether that is news."""
        before, moment = self.waiting(), now()
        since, attempts = (before.since, before.attempts) if before else (moment, 0)
        noted = Waiting(error.code, error.message[:2000], since, moment, attempts + 1)
        with contextlib.suppress(StorageError):
            write_atomically(self._file, json.dumps(asdict(noted)))
        return before is None or before.reason != error.code

    def clear(self) -> None:
        """Nothing waits any more."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

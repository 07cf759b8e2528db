"""Commands of `orc` in processes of their own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .nursery import Nursery, nursery


def born() -> Nursery:
    """It forks processes that have imported all of `orc`; see `orc_born`."""
    return nursery(f"{__package__}.orc_born")


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class OrcProcess:
    """A command of `orc` in a process of its own, which is forked. Call `end`, or use it with
    `with`. `module` is what has the command's `main`.
    """

    def __init__(
        self,
        folder: Path,
        *args: str,
        environment: Mapping[str, str] = os.environ,
        module: str = "peerplan_jupyter.cli.orc",
    ) -> None:
        handle, name = tempfile.mkstemp(prefix="orc-said-")
        os.close(handle)
        self._complaints = Path(name)
        self.process = born().start(
            module, *args, folder=folder, environment=environment, complaints=self._complaints
        )
        self.process.stdin.close()

    @property
    def complaints(self) -> str:
        """What it has said on standard error by now."""
        return self._complaints.read_text()

    def end(self) -> Said:
        """Let it come to its end."""
        with self:
            out = self.process.stdout.read()
            return Said(self.process.wait(), out, self.complaints)

    def __enter__(self) -> OrcProcess:
        return self

    def __exit__(self, *_: object) -> None:
        with self.process:
            pass
        self._complaints.unlink(missing_ok=True)

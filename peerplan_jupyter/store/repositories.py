"""Which repository each plan is published from, kept beside the journal for the day it breaks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .bindings import Binding


class Repositories:
    """A list of bindings in a file of its own; without it a broken journal would take the only
    word of where its plans are published with it. Any number of processes may add to it.
    """

    def __init__(self, journal: Path) -> None:
        self._path = journal.with_name("journal.repositories")

    @property
    def exists(self) -> bool:
        """Whether anything was ever noted."""
        return self._path.exists()

    def note(self, plan_id: str, binding: Binding) -> None:
        """Keep where a plan is published from. Raises `OSError`."""
        self._add({"plan": plan_id, "workdir": binding.workdir, "remote": binding.remote})

    def forget(self, plan_id: str) -> None:
        """Keep that a plan is not here any more. Raises `OSError`."""
        if self.exists:
            self._add({"plan": plan_id})

    def read(self) -> dict[str, Binding]:
        """The bindings by plan, without what was published; a line that is none is passed over.
        Raises `OSError`.
        """
        found: dict[str, Binding] = {}
        for plan_id, line in self._lines():
            found.pop(plan_id, None)
            workdir, remote = line.get("workdir"), line.get("remote")
            if isinstance(workdir, str) and isinstance(remote, str | None):
                found[plan_id] = Binding(workdir, remote, "")
        return found

    def _add(self, line: dict[str, Any]) -> None:
        # One write of one line: what several processes append at once is not mixed.
        with self._path.open("ab", buffering=0) as file:
            file.write(json.dumps(line).encode() + b"\n")

    def _lines(self) -> Iterable[tuple[str, dict[str, Any]]]:
        if not self.exists:
            return
        for text in self._path.read_bytes().splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict) and isinstance(line.get("plan"), str):
                yield line["plan"], line

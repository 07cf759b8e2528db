"""What people are shown of an attempt: its transcript, test results, and the whole change."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import PeerPlanError
from ...plan.schema import ArtifactType
from ...store.names import checked_name
from .case import Case

MAX_RESULTS = 20
"""Files of test results from one attempt."""
MAX_DIFF = 5_000_000
"""Bytes of a change that are shown whole; of a larger one, which files it is in."""


@dataclass(frozen=True)
class Exhibit:
    """One piece of evidence, under a name that no other attempt's has."""

    name: str
    kind: ArtifactType | None
    """None: what its content says."""
    content: bytes
    caption: str

    @property
    def hash(self) -> str:
        """As artifacts have it."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


def exhibits(case: Case, patterns: Iterable[str]) -> list[Exhibit]:
    """The evidence of an attempt; `patterns` say where test results are in the worktree."""
    attempt = case.attempt
    said = f"{case.phase.name}, attempt {attempt.number}: exit code {attempt.exit_code}"
    spent = f"{attempt.duration} s"
    made = [Exhibit(f"{case.name}.log", "log", case.transcript.read_bytes(), f"{said}, {spent}")]
    made += _results(case, patterns)
    if diff := _diff(case):
        made.append(Exhibit(f"{case.name}.diff", "diff", diff, "All changes of this branch"))
    return made


def _diff(case: Case) -> bytes:
    tasks = f".orc/tasks/{case.task.id}"
    diff = case.worktree.diff(case.base, tasks)
    if len(diff) <= MAX_DIFF:
        return diff
    stat = case.worktree.runner.run("diff", "--stat=200", case.base).stdout
    return b"# %d bytes are too many to be shown here:\n%s" % (len(diff), stat)


def _results(case: Case, patterns: Iterable[str]) -> Iterator[Exhibit]:
    """The files of test results that the attempt wrote."""
    since = datetime.datetime.fromisoformat(case.attempt.started).timestamp()
    found = [path for path in _matching(case.worktree.path, patterns) if _is_new(path, since)]
    for path in found[:MAX_RESULTS]:
        inner = path.relative_to(case.worktree.path)
        try:
            name = checked_name(f"{case.name}-{'-'.join(inner.parts)}")
            yield Exhibit(name, None, path.read_bytes(), f"Test results: {inner}"[:1000])
        except (OSError, PeerPlanError):
            continue


def _matching(folder: Path, patterns: Iterable[str]) -> list[Path]:
    found: dict[Path, None] = {}
    for pattern in patterns:
        try:
            found |= dict.fromkeys(sorted(folder.glob(pattern)))
        except (ValueError, NotImplementedError, OSError):
            continue
    root = folder.resolve()
    return [path for path in found if path.is_file() and path.resolve().is_relative_to(root)]


def _is_new(path: Path, since: float) -> bool:
    try:
        return path.stat().st_mtime >= since - 1
    except OSError:
        return False

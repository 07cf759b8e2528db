"""Who runs what: every guard and lease that can be seen from one clone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .file_lock import FileLock, State
from .guard import Run, RunGuard
from .lease import Lease


def runs_here(folder: Path) -> dict[str, Run]:
    """The runs that go on in this clone, by their names (`TASK-AM-005-bj`); `folder` is the one
    of `RunGuard`. Nobody's attempt to take a guard fails by the question.
    """
    names = sorted(place.stem for place in _files(folder, "*.yaml"))
    seen = ((name, RunGuard(folder, name, "").holder()) for name in names)
    return {name: run for name, run in seen if run}


def leases_here(folder: Path, owner: str) -> Iterator[tuple[str, State, Lease | None]]:
    """The leases among those who share this clone, by task, with what each says; `folder` holds
    one folder for each task, and `owner` is who asks.
    """
    for place in _files(folder, "*/lock.yaml"):
        lock = FileLock(place.parent, owner)
        state = lock.state()
        if state is not State.FREE:
            yield place.parent.name, state, lock.read()


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern)) if folder.is_dir() else []

"""Which ids are in use here: in every work tree, in the names of refs, and in what they hold."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...git.objects import ObjectReader
from ..naming import TaskId, is_task_id
from ..project import Project

TASKS = ".orc/tasks"
GRAIN = 50_000_000
COARSE_GRAIN = 2_000_000_000
"""Nanoseconds within which two changes of a folder may bear the same time, where the file system
keeps parts of a second, and where it does not.
"""

_in_a_name = re.compile(r"TASK(?:-[A-Za-z0-9]{2,12})?-[0-9]{3,9}(?=-|\Z)", re.IGNORECASE)
_leading = re.compile(r"refs/(?:heads|remotes/.+)/(?:HEAD|main|master|[\w-]+-state/[^/]+)")


def ids_in_use(project: Project) -> Iterator[TaskId]:
    """Every id that this clone knows of, some more than once."""
    for folder in task_folders(project):
        yield from _ids(_names(folder))
    refs = project.runner.run("for-each-ref", "--format=%(objectname) %(refname)").text
    named = [line.split(" ", 1) for line in refs.splitlines()]
    for _, name in named:
        if found := _in_a_name.match(name.rpartition("/")[2]):
            yield TaskId.parse(found[0])
    leading = {oid for oid, name in named if _leading.fullmatch(name)} | {"HEAD"}
    with ObjectReader(project.runner) as objects:
        for commit in leading:
            yield from _ids(objects.tree(f"{commit}:{TASKS}"))


def task_folders(project: Project) -> list[Path]:
    """Where each work tree of the repository has its tasks."""
    roots = [project.root]
    for place in sorted((project.common_dir / "worktrees").glob("*/gitdir")):
        try:
            roots.append(Path(place.read_text("utf-8", "surrogateescape").strip()).parent)
        except OSError:
            continue
    return [root / TASKS for root in roots]


def stamps(project: Project) -> dict[str, int]:
    """When each place that refs and work trees are kept in changed last. Where nothing differs
    from what this returned before, no ref did. What has changed a moment ago is left out: a
    second change might not show.
    """
    now = time.time_ns()
    found = {}
    for place in _places(project.common_dir):
        try:
            changed = place.stat().st_mtime_ns
        except OSError:
            continue
        grain = GRAIN if changed % 1_000_000_000 else COARSE_GRAIN
        found[str(place)] = changed if abs(now - changed) > grain else -1
    return found


def _places(common_dir: Path) -> Iterator[Path]:
    for name in ("HEAD", "packed-refs", "reftable", "worktrees"):
        yield common_dir / name
    yield from (Path(folder) for folder, _, _ in os.walk(common_dir / "refs"))


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []


def _ids(names: Iterable[str]) -> Iterator[TaskId]:
    return (TaskId.parse(name) for name in names if is_task_id(name))

"""Which ids are in use here: in every work tree, in the names of refs, and in what they hold."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from ...git.objects import ObjectReader
from ..project import Project
from .sequences import LARGEST

TASKS = ".orc/tasks"
GRAIN = 50_000_000
COARSE_GRAIN = 2_000_000_000
"""Nanoseconds within which two changes of a folder may bear the same time, where the file system
keeps parts of a second, and where it does not.
"""

_in_a_name = re.compile(r"TASK(?:-([A-Za-z0-9]{2,12}))?-([0-9]{3,9})(?=-|\Z)", re.IGNORECASE)
_leading = re.compile(r"refs/(?:heads|remotes/.+)/(?:HEAD|main|master|[\w-]+-state/[^/]+)")


def numbers_in_use(project: Project) -> dict[str, int]:
    """The highest number up to `LARGEST` by prefix, in capitals, of all that this clone knows."""
    highest: dict[str, int] = {}
    for name in _names_in_use(project):
        if found := _in_a_name.match(name):
            prefix, number = (found[1] or "").upper(), int(found[2])
            if highest.get(prefix, 0) < number <= LARGEST:
                highest[prefix] = number
    return highest


def _names_in_use(project: Project) -> Iterator[str]:
    """The names of folders and refs that may begin with an id."""
    for folder in task_folders(project):
        yield from _names(folder)
    refs = project.runner.run("for-each-ref", "--format=%(objectname) %(refname)").text
    named = [line.split(" ", 1) for line in refs.splitlines()]
    yield from (name.rpartition("/")[2] for _, name in named)
    leading = {oid for oid, name in named if _leading.fullmatch(name)} | {"HEAD"}
    with ObjectReader(project.runner) as objects:
        for commit in leading:
            yield from objects.tree(f"{commit}:{TASKS}")


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

"""Which ids are in use here: in every work tree, in the names of refs, and in what they hold."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from ...git.objects import ObjectReader
from ..project import Project
from .sequences import LARGEST

TASKS = ".orc/tasks"
HEAD = "HEAD"
"""What is checked out, where that is no branch."""
GRAIN = 50_000_000
COARSE_GRAIN = 2_000_000_000
"""Nanoseconds within which two changes of a folder may bear the same time, where the file system
keeps parts of a second, and where it does not.
"""

_in_names = re.compile(r"^TASK(?:-([A-Z0-9]{2,12}))?-([0-9]{3,9})(?=-|$)", re.MULTILINE)
_leading = re.compile(r"refs/(?:heads|remotes/.+)/(?:HEAD|main|master|[\w-]+-state/[^/]+)")


def numbers_in_use(project: Project, seen: Collection[str]) -> tuple[dict[str, int], list[str]]:
    """The highest number up to `LARGEST` by prefix, in capitals, of all that this clone knows; and
    the commits whose tasks are among that. Those that were `seen` before are not looked at again.
    """
    leading, names = _refs(project)
    for folder in task_folders(project):
        names += _names(folder)
    new = [commit for commit in leading if commit not in seen]
    if new:
        with ObjectReader(project.runner) as objects:
            for commit in new:
                names += objects.tree(f"{commit}:{TASKS}")
    highest: dict[str, int] = {}
    for prefix, digits in _in_names.findall("\n".join(names).upper()):
        number = int(digits)
        if highest.get(prefix, 0) < number <= LARGEST:
            highest[prefix] = number
    return highest, [commit for commit in leading if commit != HEAD]


def _refs(project: Project) -> tuple[list[str], list[str]]:
    """The commits that may have the tasks of many, and the last parts of the names of all refs."""
    said = project.runner.run("for-each-ref", "--format=%(HEAD)%(objectname) %(refname)").stdout
    lines = said.decode("utf-8", "backslashreplace").splitlines()
    refs = [(line[0] == "*", *line[1:].partition(" ")[::2]) for line in lines]
    leading = {oid for is_head, oid, name in refs if is_head or _leading.fullmatch(name)}
    if not any(is_head for is_head, _, _ in refs):
        leading.add(HEAD)
    return sorted(leading), [name.rpartition("/")[2] for _, _, name in refs]


def task_folders(project: Project) -> list[Path]:
    """Where each work tree of the repository has its tasks."""
    roots = [project.root]
    for place in sorted((project.common_dir / "worktrees").glob("*/gitdir")):
        try:
            roots.append(Path(place.read_text("utf-8", "surrogateescape").strip()).parent)
        except OSError:
            continue
    return [root / TASKS for root in roots]


def stamps(project: Project, own_ref: str = "") -> dict[str, int]:
    """When each place that refs and work trees are kept in changed last. Where nothing differs
    from what this returned before, no ref did, but for `own_ref`. What has changed a moment ago is
    left out: a second change might not show.
    """
    now = time.time_ns()
    found = {}
    for place in _places(project.common_dir, own_ref):
        try:
            changed = os.stat(place).st_mtime_ns  # noqa: PTH116
        except OSError:
            continue
        grain = GRAIN if changed % 1_000_000_000 else COARSE_GRAIN
        found[place] = changed if abs(now - changed) > grain else -1
    return found


def _places(common_dir: Path, own_ref: str) -> Iterator[str]:
    """Folders of refs; instead of the one that `own_ref` lies in, each other file in it."""
    within, own = f"{common_dir}{os.sep}", os.path.join(common_dir, own_ref)  # noqa: PTH118
    for name in ("HEAD", "packed-refs", "reftable", "worktrees"):
        yield within + name
    for folder, _, names in os.walk(f"{within}refs"):
        if not own_ref or folder != os.path.dirname(own):  # noqa: PTH120
            yield folder
            continue
        beside = (os.path.join(folder, name) for name in names)  # noqa: PTH118
        yield from (one for one in beside if one not in {own, f"{own}.lock"})


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []

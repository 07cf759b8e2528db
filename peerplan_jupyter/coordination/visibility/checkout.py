"""The tasks in the work tree, without reading those that did not change."""

from __future__ import annotations

import os
from pathlib import Path

from ..naming import is_task_id
from ..state.layout import EXECUTIONS, TASK_FILE
from .refs import MAX_FILE


def stamps(tasks: Path) -> dict[str, str]:
    """What is equal for a task's folder, by its name, while nothing changes in it: when its file
    was written and how long it is, and when an execution was last put there.

    Executions are put in place whole, so that their folder tells of each.
    """
    base = f"{tasks}{os.sep}"
    found = {}
    for name in _names(tasks):
        folder = f"{base}{name}"
        mark = _mark(f"{folder}{os.sep}{TASK_FILE}")
        if _may_have_folders(folder):
            mark = f"{mark}.{_mark(f'{folder}{os.sep}{EXECUTIONS}')}"
        found[name] = mark
    return found


def _mark(path: str) -> str:
    try:
        facts = os.stat(path)  # noqa: PTH116
    except OSError as error:
        return f"-{error.errno}"
    return f"{facts.st_mtime_ns}.{facts.st_size}"


def _may_have_folders(path: str) -> bool:
    """Most file systems count the folders in a folder among its links, and have two without any;
    where that is not so, the answer is yes.
    """
    try:
        return os.stat(path).st_nlink != 2  # noqa: PTH116
    except OSError:
        return False


def files(tasks: Path, name: str) -> tuple[dict[str, bytes | None], list[str]]:
    """The telling files of a task's folder by their paths in it, and why others cannot be read."""
    from ..state.folder import is_telling  # noqa: PLC0415

    found: dict[str, bytes | None] = {}
    faults: list[str] = []
    folder = tasks / name
    paths = [
        TASK_FILE,
        *(f"{EXECUTIONS}/{one}" for one in _names(folder / EXECUTIONS, any_name=True)),
    ]
    for path in filter(is_telling, paths):
        try:
            with (folder / path).open("rb") as file:
                data = file.read(MAX_FILE + 1)
            found[path] = data if len(data) <= MAX_FILE else None
        except FileNotFoundError:
            continue
        except OSError as error:
            faults.append(f"{path} cannot be read: {error.strerror or error}")
    return found, faults


def _names(folder: Path, *, any_name: bool = False) -> list[str]:
    try:
        names = os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []
    return [name for name in names if any_name or is_task_id(name)]

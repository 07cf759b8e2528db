"""The tasks in the work tree, without reading those that did not change."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from ..state.layout import EXECUTIONS, TASK_FILE, TRANSCRIPTS, is_telling
from .folders import MAX_FILE


def stamps(tasks: Path) -> dict[str, str]:
    """What is equal for each thing in the folder of tasks, by its name, while nothing changes in
    it: when its `task.yaml` was written and how long that is, and when an execution was last put
    there. What is no task's folder is among them, unless its name begins with a point.

    Executions are put in place whole, so that their folder tells of each.
    """
    found = {}
    with _inside(tasks) as (base, folder):
        for name in _names(tasks):
            if name.startswith("."):
                continue
            mark = _mark(f"{base}{name}/{TASK_FILE}", folder)
            # Most have none, and that is said in half the time that facts of something take.
            executions = f"{base}{name}/{EXECUTIONS}"
            if os.access(executions, os.F_OK, dir_fd=folder):
                mark = f"{mark}.{_mark(executions, folder)}"
            found[name] = mark
    return found


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[tuple[str, int | None]]:
    """What names in `folder` begin with, and the descriptor that they are relative to: the system
    then does not walk the whole path for each of thousands.
    """
    base = f"{folder}{os.sep}"
    if not {os.stat, os.access} <= os.supports_dir_fd:
        yield base, None
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        yield base, None
        return
    try:
        yield "", handle
    finally:
        os.close(handle)


def _mark(path: str, folder: int | None) -> str:
    try:
        facts = os.stat(path, dir_fd=folder)
    except OSError as error:
        return f"-{error.errno}"
    return f"{facts.st_mtime_ns}.{facts.st_size}"


def says_nothing(tasks: Path, name: str) -> bool:
    """Whether a folder has nothing of a task but transcripts of its runs."""
    return {*_names(tasks / name)} == {TRANSCRIPTS}


def files(tasks: Path, name: str) -> tuple[dict[str, bytes | None], list[str]]:
    """The telling files of a task's folder by their paths in it, and why others cannot be read."""
    found: dict[str, bytes | None] = {}
    faults: list[str] = []
    # No `Path` for each of thousands, which takes as long to make as a file takes to read.
    folder = f"{tasks}{os.sep}{name}"
    paths = [TASK_FILE, *(f"{EXECUTIONS}/{one}" for one in _names(f"{folder}/{EXECUTIONS}"))]
    for path in filter(is_telling, paths):
        try:
            with open(f"{folder}/{path}", "rb") as file:  # noqa: PTH123
                data = file.read(MAX_FILE + 1)
            found[path] = data if len(data) <= MAX_FILE else None
        except FileNotFoundError:
            continue
        except OSError as error:
            faults.append(f"{path} cannot be read: {error.strerror or error}")
    return found, faults


def _names(folder: Path | str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []

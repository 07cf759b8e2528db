"""What the folder of a task says, wherever it lies: in a work tree or in a commit."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ...errors import InvalidInputError
from ..tasks.execution import Execution
from ..tasks.plan import TaskPlan
from ..tasks.store import parsed
from ..tasks.task import Task
from .changes import FieldChange, parse_changes
from .layout import CHANGES_FILE, PLAN_FILE, TASK_FILE, is_telling


class TaskFolder(NamedTuple):
    """A folder that was read. What in it could not be read is in `faults`, in sentences."""

    task: Task | None = None
    executions: tuple[Execution, ...] = ()
    changes: Mapping[str, FieldChange] = MappingProxyType({})
    faults: tuple[str, ...] = ()


def read_folder(files: Mapping[str, bytes | None]) -> TaskFolder:
    """The folder that has these files, by their paths in it (None for one that is too large);
    others than telling ones are passed over. Raises nothing: what is wrong with one file leaves
    the others as they are.
    """
    task: Task | None = None
    executions: list[Execution] = []
    changes: dict[str, FieldChange] = {}
    faults: list[str] = []
    for path, data in sorted(files.items()):
        try:
            if data is None:
                faults.append(f"{path} is too large")
            elif path == TASK_FILE:
                task = parsed(data, Task, path)
            elif path == CHANGES_FILE:
                changes = parse_changes(data, path)
            elif is_telling(path):
                executions.append(parsed(data, Execution, path))
        except InvalidInputError as error:
            faults.append(error.message)
    return TaskFolder(task, tuple(executions), changes, tuple(faults))


def read_plan(files: Mapping[str, bytes]) -> TaskPlan | None:
    """The phases that a folder says, or None; `InvalidInputError` when they cannot be read."""
    return parsed(files[PLAN_FILE], TaskPlan, PLAN_FILE) if PLAN_FILE in files else None

"""The tasks in a checkout: `.orc/tasks/<ID>/task.yaml` and `plan.yaml`."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ...errors import InvalidInputError, NotFoundError, StaleError, StorageError
from ..faults import fault_in_words
from ..ignoring import drafts_in
from ..naming import TaskId, is_task_id
from ..project import Project
from ..state.layout import TRANSCRIPTS
from ..yamlfile import dump_yaml, parse_yaml, read_yaml
from .execution import Execution
from .plan import TaskPlan
from .task import Task

TASK_FILE = "task.yaml"
PLAN_FILE = "plan.yaml"
EXECUTIONS = "executions"
MEND = "Mend the file."

Record = TypeVar("Record", bound=BaseModel)


class TaskStore:
    """Reads what is there, however it came there; makes new tasks and changes none."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def folder(self, task: TaskId) -> Path:
        """Where the files of a task are, whichever case its id is written in there."""
        folder = self._project.tasks / str(task)
        if not folder.is_dir():
            same = [one for one in self.ids() if one.key == task.key]
            return self._project.tasks / str(same[0]) if same else folder
        return folder

    def ids(self) -> list[TaskId]:
        """The ids of all tasks here, in order."""
        try:
            names = os.listdir(self._project.tasks)  # noqa: PTH208
        except OSError:
            return []
        return sorted(TaskId.parse(name) for name in names if is_task_id(name))

    def is_here(self, task: TaskId) -> bool:
        """Whether the checkout has files of the task, and not only transcripts of runs."""
        with contextlib.suppress(OSError):
            return any(one.name != TRANSCRIPTS for one in self.folder(task).iterdir())
        return False

    def create(self, task: Task, plan: TaskPlan) -> Path:
        """Make the folder of a new task, whole or not at all, and return it.

        `StaleError` when there is one of this id, `StorageError` when it cannot be written.
        """
        folder = self._project.tasks / task.id
        mine = draft_of(folder)
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            mine.mkdir()
            (mine / TASK_FILE).write_text(dump_yaml(task.to_facts()), "utf-8")
            (mine / PLAN_FILE).write_text(dump_yaml(plan.to_facts()), "utf-8")
            self._claim(mine, folder)
        except OSError as error:
            raise StorageError(f"{folder} cannot be written: {error.strerror or error}.") from None
        finally:
            shutil.rmtree(mine, ignore_errors=True)
        return folder

    def _claim(self, mine: Path, folder: Path) -> None:
        """Renaming onto a folder that holds something fails everywhere."""
        task = TaskId.parse(folder.name)
        spellings = {task.prefix, task.prefix.upper(), task.prefix.lower()}
        names = [str(TaskId(prefix, task.number)) for prefix in spellings]
        if any((folder.parent / name).exists() for name in names):
            raise StaleError(f"There is a task {folder.name} already.", current=folder.name)
        with contextlib.suppress(FileNotFoundError):
            mine.rename(folder)
            return
        raise FileNotFoundError(f"{mine} is gone")

    def read(self, task: TaskId) -> Task:
        """A task. `NotFoundError` when it is not here, `InvalidInputError` when its file is not
        that of a task, or of another one.
        """
        found = self._read(self.folder(task) / TASK_FILE, Task)
        if found is None:
            raise NotFoundError(
                f"There is no task {task} here.",
                hint="`orc list` shows the tasks here, `orc list --team` those of everybody.",
            )
        if TaskId.parse(found.id).key != task.key:
            raise InvalidInputError(f"The file of {task} is that of {found.id}.")
        return found

    def plan(self, task: TaskId) -> TaskPlan:
        """The phases of a task; the usual ones where its folder says none."""
        return self._read(self.folder(task) / PLAN_FILE, TaskPlan) or TaskPlan()

    def executions(self, task: TaskId) -> list[Execution]:
        """The executions that the checkout has on record."""
        places = sorted((self.folder(task) / EXECUTIONS).glob("*.yaml"))
        return [found for place in places if (found := self._read(place, Execution))]

    def _read(self, path: Path, kind: type[Record]) -> Record | None:
        try:
            return checked(read_yaml(path), kind, str(path))
        except FileNotFoundError:
            return None


def draft_of(folder: Path) -> Path:
    """Where the folder of a task can be made before it is renamed to `folder`; git does not see
    what somebody leaves there who is killed.
    """
    return drafts_in(folder.parent.parent) / f"{folder.name}.{secrets.token_hex(6)}"


def parsed(data: bytes, kind: type[Record], where: str) -> Record:
    """The record of this kind that `data`, which came from `where`, holds as YAML; see
    `parse_yaml` and `checked`.
    """
    return checked(parse_yaml(data, where), kind, where)


def checked(facts: object, kind: type[Record], where: str, hint: str = MEND) -> Record:
    """The record of this kind that `facts`, which came from `where`, are; `InvalidInputError` names
    what is wrong.
    """
    try:
        return kind.model_validate(facts)
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_input=False)
        name = ".".join(str(part) for part in first["loc"]) or "it"
        more = f" (and {len(others)} more)" if others else ""
        said = f"{name}: {fault_in_words(first)}{more}"
        called = re.sub("(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()
        raise InvalidInputError(f"{where} is no {called}: {said}.", hint=hint) from None

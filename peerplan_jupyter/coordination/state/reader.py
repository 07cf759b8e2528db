"""Reading one task from all writers: what a run starts from, and what is shown of a task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...errors import InvalidInputError, NotFoundError
from ...git.objects import ObjectReader
from ..naming import BRANCH_PREFIX, TaskId
from ..project import Project
from ..tasks.execution import Execution
from ..tasks.plan import TaskPlan
from ..tasks.task import Task
from .folder import read_folder, read_plan
from .folding import Place, Rank, fold_places
from .layout import EXECUTIONS, PLAN_FILE, TASKS, is_telling, newest, tips


@dataclass(frozen=True)
class TaskState:
    """A task with all executions of it, by whoever recorded them last."""

    task: Task
    plan: TaskPlan
    executions: tuple[Execution, ...]

    def execution(self, tag: str, machine: str = "") -> Execution | None:
        """The last that is known of one executor, on any of their machines or on this one."""
        mine = [one for one in self.executions if one.tag == tag and machine in {"", one.machine}]
        return max(mine, key=lambda one: one.lamport, default=None)


class StateReader:
    """Folds the branches of all writers that this clone has or knows of; it fetches nothing. The
    checkout does not count: `TaskStore` reads it.
    """

    def __init__(self, project: Project, *, branch_prefix: str = BRANCH_PREFIX) -> None:
        self._project = project
        self._branch_prefix = branch_prefix

    def task(self, task: TaskId) -> TaskState:
        """What all writers say of a task together; of two that were given this id, the older.

        `NotFoundError` when no writer defined it, and `InvalidInputError` when what they wrote
        cannot be read.
        """
        read = list(self._read(task))
        folded = fold_places([place for place, _ in read], {}) if read else []
        if not folded or folded[0].task is None:
            raise _absent(task, [fault for one in folded for fault in one.faults])
        first = folded[0]
        plans = [
            plan
            for place, files in read
            if place in first.places and place.definition and (plan := read_plan(files))
        ]
        return TaskState(folded[0].task, plans[-1] if plans else TaskPlan(), first.executions)

    def _read(self, task: TaskId) -> Iterator[tuple[Place, Mapping[str, bytes]]]:
        """The folders of this id in all branches, with their files."""
        known = newest(tips(self._project.runner, self._branch_prefix))
        with ObjectReader(self._project.runner) as objects:
            for tip in known:
                for name in objects.tree(f"{tip.commit}:{TASKS}"):
                    if name.partition(".")[0].upper() == task.key:
                        files = _files(objects, f"{tip.commit}:{TASKS}/{name}")
                        yield Place(name, tip.short, Rank.STATE, read_folder(files)), files


def _files(objects: ObjectReader, folder: str) -> dict[str, bytes]:
    executions = objects.tree(f"{folder}/{EXECUTIONS}")
    names = [*objects.tree(folder), *(f"{EXECUTIONS}/{name}" for name in executions)]
    wanted = [name for name in names if is_telling(name) or name == PLAN_FILE]
    found = ((name, objects.blob(f"{folder}/{name}")) for name in wanted)
    return {name: data for name, data in found if data is not None}


def _absent(task: TaskId, faults: Sequence[str]) -> NotFoundError | InvalidInputError:
    if faults:
        return InvalidInputError(f"{task} cannot be read: {'; '.join(faults)[:1000]}.")
    return NotFoundError(
        f"Nobody has recorded a task {task}, as far as is known here.",
        hint="`orc list --team` fetches what others recorded.",
    )

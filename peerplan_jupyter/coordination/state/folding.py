"""One task from all that is said of it in many places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from pydantic import ValidationError

from ..naming import TaskId
from ..tasks.execution import Execution
from ..tasks.folding import TaskSummary, fold
from ..tasks.task import Task
from .changes import FieldChange, later
from .folder import TaskFolder

Superseded = Mapping[str, frozenset[str]]
"""By the uid of a task, the ids (in capitals) that it had and has no more."""


class Rank(IntEnum):
    """Where something is said; of two definitions, that of the higher rank holds."""

    BRANCH = 0
    """A branch that the task is worked on."""
    STATE = 1
    """The branch of a writer of states."""
    CHECKOUT = 2
    DEFAULT = 3
    """The default branch, as the remote has it."""


@dataclass
class Place:
    """A folder of a task somewhere."""

    name: str
    """Of the folder: an id, with a uid behind it where two tasks have that id."""
    where: str
    """For people, such as `origin/orc/TASK-AM-005-am`."""
    rank: Rank
    folder: TaskFolder = field(default_factory=TaskFolder)
    definition: Task | None = field(init=False, default=None)
    """The task that it defines."""

    def __post_init__(self) -> None:
        task = self.folder.task
        if task and (task.id == self.name or TaskId.parse(task.id).key == self.id.key):
            self.definition = task

    @property
    def id(self) -> TaskId:
        """The id in the name of the folder."""
        return TaskId.parse(self.name.partition(".")[0])

    @property
    def fault(self) -> str:
        """Why its definition cannot be taken, or nothing."""
        task = self.folder.task
        if task and self.definition is None:
            return f"{self.where}: the folder {self.name} has the file of {task.id}"
        return "; ".join([f"{self.where}: {fault}" for fault in self.folder.faults])


class Folded(NamedTuple):
    """A task, or an id that nothing readable is known of (`task` is None)."""

    task: Task | None
    executions: tuple[Execution, ...] = ()
    faults: tuple[str, ...] = ()
    """What of it could not be read, and where, in sentences."""
    places: Sequence[Place] = ()
    """Where it was said; never empty."""

    @property
    def id(self) -> TaskId:
        """The id in the names of the folders."""
        return self.places[0].id

    def summary(self) -> TaskSummary | None:
        """The task in one row, or None where there is none to read."""
        return fold(self.task, self.executions) if self.task else None


def superseded(tasks: Iterable[Task]) -> dict[str, frozenset[str]]:
    """The ids that tasks had before they were given others."""
    found: dict[str, frozenset[str]] = {}
    for task in tasks:
        if task.aliases:
            gone = {TaskId.parse(one).key for one in task.aliases} - {TaskId.parse(task.id).key}
            found[task.uid] = found.get(task.uid, frozenset()) | gone
    return found


def fold_places(places: Sequence[Place], gone: Superseded) -> list[Folded]:
    """What `places`, all of one id, come to: one task, or several that were given the same id, the
    oldest first. What `gone` says that a task is called no more is not shown under that id.
    """
    if alone := _alone(places, gone):
        return [alone]
    here = places[0].id
    ordered = sorted(places, key=_order) if len(places) > 1 else places
    by_uid: dict[str, list[Place]] = {}
    for place in ordered:
        if task := place.definition:
            by_uid.setdefault(task.uid, []).append(place)
    had_definitions = bool(by_uid)
    for uid in [uid for uid in by_uid if uid in gone and here.key in gone[uid]]:
        del by_uid[uid]
    faults = tuple(dict.fromkeys([fault for place in ordered if (fault := place.fault)]))
    if not by_uid:
        return [] if had_definitions else [Folded(None, (), faults or _missing(ordered), places)]
    oldest = min(by_uid)
    for place in ordered:
        if place.definition is None:
            by_uid[oldest].append(place)
    return [_folded(by_uid[uid], faults if uid == oldest else ()) for uid in sorted(by_uid)]


def _alone(places: Sequence[Place], gone: Superseded) -> Folded | None:
    """What one place comes to that says what the task is and no more, as most do."""
    if len(places) > 1 or any(places[0].folder[1:]):
        return None
    task = places[0].definition
    return Folded(task, places=places) if task and task.uid not in gone else None


def _missing(places: Sequence[Place]) -> tuple[str, ...]:
    return (f"no task.yaml in {', '.join(dict.fromkeys(one.where for one in places))}",)


def _folded(places: Sequence[Place], faults: tuple[str, ...]) -> Folded:
    definitions = [place for place in places if place.definition]
    best = max(definitions, key=_order) if len(definitions) > 1 else definitions[0]
    changes: dict[str, FieldChange] = {}
    executions: dict[tuple[str, str], Execution] = {}
    for place in sorted(places, key=_where) if len(places) > 1 else places:
        if place.folder.changes:
            changes = later(changes, place.folder.changes)
        for one in place.folder.executions:
            before = executions.get((one.tag, one.machine))
            if before is None or one.lamport >= before.lamport:
                executions[one.tag, one.machine] = one
    task = _changed(best.definition, changes) if best.definition else None
    ran = tuple(executions[key] for key in sorted(executions))
    return Folded(task, ran, faults, places)


def _order(place: Place) -> tuple[Rank, str]:
    return place.rank, place.where


def _where(place: Place) -> str:
    return place.where


def _changed(task: Task, changes: Mapping[str, FieldChange]) -> Task:
    """The task with the fields that somebody set; what cannot be set so is left as it was."""
    for name, change in changes.items():
        try:
            task = Task.model_validate({**task.to_facts(), name: change.value})
        except ValidationError:
            continue
    return task

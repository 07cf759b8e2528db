"""The record of an execution: what a run goes on from after it stopped, however it stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ..naming import TaskId, run_name
from ..project import Project
from ..tasks.execution import Execution
from ..tasks.store import checked
from ..tasks.task import now
from ..yamlfile import dump_yaml, read_yaml, write_atomically


class Sink(Protocol):
    """Where others learn how far an execution is."""

    def saved(self, execution: Execution, what: str) -> None:
        """Take note of the execution, which changed as `what` says: `implement passed`."""


class Record:
    """The file of one executor's run of a task, in git's common folder: no checkout shows it."""

    def __init__(self, project: Project, task: TaskId, tag: str, sink: Sink | None = None) -> None:
        self.path = record_path(project, task, tag)
        self._sink = sink

    def load(self) -> Execution | None:
        """The execution as it was last saved; None before the first time."""
        return load(self.path)

    def save(self, execution: Execution, what: str) -> None:
        """Keep the execution, whole or as it was before, and then tell others."""
        execution.updated = now()
        execution.lamport += 1
        write_atomically(self.path, dump_yaml(execution.to_facts()))
        if self._sink is not None:
            self._sink.saved(execution, what)


def record_path(project: Project, task: TaskId, tag: str) -> Path:
    """Where the record of a run lies."""
    return project.state / "executions" / f"{run_name(task, tag)}.yaml"


def load(path: Path) -> Execution | None:
    """The execution in a record's file; `InvalidInputError` when it is not one."""
    try:
        return checked(read_yaml(path), Execution, str(path))
    except FileNotFoundError:
        return None

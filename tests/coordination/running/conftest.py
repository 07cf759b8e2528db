from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.running.events import Event
from peerplan_jupyter.coordination.running.executor import Options
from peerplan_jupyter.coordination.running.starting import started
from peerplan_jupyter.coordination.tasks.execution import Execution
from peerplan_jupyter.coordination.tasks.plan import TaskPlan
from peerplan_jupyter.coordination.tasks.task import Maker, Task, new_uid, now
from peerplan_jupyter.coordination.workspace import OrcWorkspace

from ...support.repositories import Git


@pytest.fixture
def begin(git: Git) -> Callable[..., TaskId]:
    """Makes a task in a checkout, with phases by name and the commands that carry them out."""

    def make(
        root: Path, name: str = "TASK-001", title: str = "Add a greeting", **phases: str
    ) -> TaskId:
        workspace = OrcWorkspace.open(root)
        task = Task(
            id=name, uid=new_uid(), title=title, created=now(), created_by=Maker(name="Ada"),
            description="Say hello.",
        )  # fmt: skip
        named = [{"name": name, "command": line} for name, line in phases.items()]
        workspace.tasks.create(task, TaskPlan.model_validate({"phases": named}))
        return TaskId.parse(name)

    return make


@pytest.fixture
def run() -> Callable[..., Execution]:
    """Runs a task; what it tells is added to the list `told`, if one is given."""

    def run_it(
        root: Path,
        task: TaskId,
        *,
        told: list[Event] | None = None,
        options: Options | None = None,
        agree: bool | None = True,
        **environment: str,
    ) -> Execution:
        workspace = OrcWorkspace.open(root, {**os.environ, **environment})
        heard = told if told is not None else []
        confirm = None if agree is None else lambda _: agree
        with started(workspace, heard.append, confirm=confirm) as executor:
            return executor.run(task, options)

    return run_it

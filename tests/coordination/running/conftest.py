from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.running.events import Event
from peerplan_jupyter.coordination.running.executor import Options
from peerplan_jupyter.coordination.running.starting import started
from peerplan_jupyter.coordination.tasks.execution import Execution
from peerplan_jupyter.coordination.tasks.plan import TaskPlan
from peerplan_jupyter.coordination.tasks.task import Maker, Task, new_uid, now
from peerplan_jupyter.coordination.workspace import OrcWorkspace

from ...support.orc import OrcProcess
from ...support.repositories import Git
from .mortal import Mortal
from .scene import Scene


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


class Orc:
    """A running `orc run --json`, with the events that it tells."""

    def __init__(self, root: Path, *args: str, **environment: str) -> None:
        run = ("run", "--json", *args)
        self.command = OrcProcess(root, *run, environment={**os.environ, **environment})
        self.process = self.command.process
        self.events: list[dict[str, Any]] = []

    def until(self, kind: str, **facts: Any) -> dict[str, Any]:
        """The next event of a kind with these facts."""
        for line in self.process.stdout:
            event = json.loads(line)
            self.events.append(event)
            if event["event"] == kind and facts.items() <= event.items():
                return event
        raise AssertionError(f"no {kind} {facts}: {self.events} {self.command.complaints}")

    def end(self) -> int:
        """Let it come to its end; its exit code."""
        said = self.command.end()
        self.events += [json.loads(line) for line in said.out.splitlines()]
        return said.code

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.end()


@pytest.fixture
def orc() -> Iterator[Callable[..., Orc]]:
    with contextlib.ExitStack() as begun:

        def begin_one(root: Path, *args: str, **environment: str) -> Orc:
            one = Orc(root, *args, **environment)
            begun.enter_context(one.command)
            begun.callback(one.process.terminate)
            return one

        yield begin_one


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """An empty scene for runs that are killed."""
    (tmp_path / "scene").mkdir()
    return Scene(tmp_path / "scene", Mortal(tmp_path))

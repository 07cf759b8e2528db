"""People of a team, each with a clone, a home of their own, and a branch for states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.state.writer import StateWriter
from peerplan_jupyter.coordination.tasks.execution import Execution
from peerplan_jupyter.coordination.tasks.plan import TaskPlan
from peerplan_jupyter.coordination.tasks.task import Maker, Task, new_uid, now
from peerplan_jupyter.coordination.workspace import OrcWorkspace


@dataclass(frozen=True)
class Member:
    """A person in one clone on one machine."""

    root: Path
    workspace: OrcWorkspace
    writer: StateWriter

    def task(self, name: str, title: str = "Add a dashboard", **facts: object) -> Task:
        """A task that they might have made."""
        person = self.workspace.person
        maker = Maker(name=person.display_name, prefix=person.prefix, machine=person.machine)
        return Task.model_validate(
            {"uid": new_uid(), "created": now(), **facts}
            | {"id": name, "title": title, "created_by": maker}
        )

    def plans(self, name: str, title: str = "Add a dashboard", **facts: object) -> Task:
        """Make a task as `orc new` does, but for its id: files and a state."""
        task = self.task(name, title, **facts)
        self.workspace.tasks.create(task, TaskPlan())
        self.writer.record(task.id, "planned", definition=task, plan=TaskPlan())
        return task

    def runs(self, name: str, status: str = "running", phase: str = "implement") -> Execution:
        """Record how far they are with a task."""
        person = self.workspace.person
        execution = Execution.model_validate(
            {"task": name, "tag": person.tag, "machine": person.machine}
            | {"executor": person.display_name, "status": status, "phase": phase}
        )
        self.writer.record(name, f"{status} {phase}", execution=execution)
        return execution


@pytest.fixture
def make_member(tmp_path: Path, make_clone: Callable[..., Path]) -> Callable[..., Member]:
    """Somebody with these initials, in a new clone of `remote` on the machine `at`."""

    def make(
        initials: str, remote: Path | None = None, at: str = "", mode: str = "p2p", clone: str = ""
    ) -> Member:
        at = at or f"{initials}-laptop"
        root = make_clone(remote, clone or at)
        names = {
            "ORC_HOME": str(tmp_path / f"{at}-home"),
            "ORC_INITIALS": initials,
            "ORC_DISPLAY_NAME": {"AM": "Alice", "BJ": "Bob"}.get(initials, initials),
            "ORC_MODE": mode,
        }
        workspace = OrcWorkspace.open(root, names)
        return Member(root, workspace, StateWriter(workspace.project, workspace.person))

    return make

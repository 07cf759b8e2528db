"""One run of a task, as all its parts see it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import GitError, PeerPlanError, StaleError, UnreachableError
from ...git.process import inherited
from ..ignoring import unseen
from ..naming import TaskId, run_name
from ..state.layout import TRANSCRIPTS
from ..tasks.execution import Attempt, Execution, PhaseRun
from ..tasks.plan import Phase, TaskPlan
from ..tasks.task import Task
from ..workspace import OrcWorkspace
from ..worktrees.remote_branch import RemoteBranch
from ..worktrees.worktree import Worktree
from .events import Event, Tell, warning
from .leftovers import MARK
from .notifier import Telling
from .record import Record
from .transcript import Show

AGENT = "orc"
"""The name under which a run, and all that it starts, takes part in reviews."""


@dataclass
class Job:
    """A task with the worktree, the record and the listeners of this run."""

    workspace: OrcWorkspace
    id: TaskId
    task: Task
    plan: TaskPlan
    tag: str
    worktree: Worktree
    execution: Execution
    record: Record
    tell: Tell
    telling: Telling
    remote: RemoteBranch | None = None
    """Where the branch is pushed to; None: nowhere."""
    show: Show | None = None
    """Is given what commands print, as they print it."""
    _said: set[str] = field(default_factory=set)

    @property
    def folder(self) -> Path:
        """Where transcripts are kept; not tracked."""
        return unseen(self.workspace.tasks.folder(self.id) / TRANSCRIPTS)

    def phase(self, name: str) -> PhaseRun:
        """How far a phase is; begun if it is not on record."""
        for run in self.execution.phases:
            if run.name == name:
                return run
        self.execution.phases.append(PhaseRun(name=name))
        return self.execution.phases[-1]

    def file_name(self, phase: Phase, attempt: Attempt) -> str:
        """What the names of files about an attempt begin with."""
        parts = (self.tag, phase.name, str(attempt.number))
        return "-".join(part for part in parts if part)

    def say(self, kind: str, text: str, **facts: Any) -> None:
        """Tell of something that happened."""
        self.tell(Event(kind, text, {"task": str(self.id), **facts}))

    def warn(self, text: str) -> None:
        """Tell of something that does not stop the run, once, and keep it on record."""
        if text not in self._said:
            self._said.add(text)
            self.tell(warning(text))
        if text not in self.execution.warnings:
            self.execution.warnings = [*self.execution.warnings, text][-50:]

    def save(self, what: str) -> None:
        """Keep how far the run is; `what` is the change: `implement passed`."""
        self.record.save(self.execution, what)
        self.telling.progress(self.execution)

    def commit(self, what: str, *only: str) -> str | None:
        """Commit what is in the worktree, or `only` these files, as `[orc] TASK-AM-005: implement
        passed`.
        """
        return self.worktree.commit(f"[orc] {self.id}: {what}", *only)

    def push(self) -> None:
        """Push the branch, where it is pushed. What the remote does not take waits for the next
        time; work goes on.
        """
        if self.remote is None:
            return
        try:
            head = self.worktree.head()
            if self.remote.known() != head:
                self.remote.push(head)
                self.say("pushed", f"Pushed {self.worktree.branch}.", commit=head)
        except (GitError, UnreachableError, StaleError) as error:
            self.warn(_not_pushed(error))

    def environment(self, **values: str) -> dict[str, str]:
        """For a command of this run; `values` become `ORC_…`."""
        ceiling = [str(self.worktree.path.parent), os.environ.get("GIT_CEILING_DIRECTORIES", "")]
        return {
            **inherited(),
            **{f"ORC_{name.upper()}": value for name, value in values.items()},
            MARK: self.mark,
            "GIT_CEILING_DIRECTORIES": os.pathsep.join(part for part in ceiling if part),
            "PEERPLAN_AGENT": AGENT,
        }

    @property
    def mark(self) -> str:
        """What tells the processes of this run from all others."""
        return mark_of(self.workspace, self.id, self.tag)


def mark_of(workspace: OrcWorkspace, task: TaskId, tag: str) -> str:
    """The mark of the processes of a run."""
    return f"{workspace.project.common_dir}:{run_name(task, tag)}"


def values_of(job: Job, phase: Phase, prompt: Path) -> Mapping[str, str]:
    """What the placeholders of a phase's command stand for."""
    return {
        "prompt_file": str(prompt),
        "worktree": str(job.worktree.path),
        "task": str(job.id),
        "phase": phase.name,
        "model": job.workspace.config.defaults.model,
    }


def _not_pushed(error: PeerPlanError) -> str:
    hint = f" {error.hint}" if isinstance(error, StaleError) else ""
    return f"The branch stays here until it can be pushed: {error.message}{hint}"

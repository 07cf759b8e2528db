"""What a gate decides about, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..config.schema import Config, GateType
from ..tasks.execution import Attempt, Execution, GateResult
from ..tasks.plan import Phase, TaskPlan
from ..tasks.task import Task
from ..worktrees.worktree import Worktree

PASSED = "passed"
CHANGES_REQUESTED = "changes_requested"
WAITING = "waiting"
FAILED = "failed"


@dataclass(frozen=True)
class Case:
    """An attempt at a phase whose command ended well, and where its traces are."""

    task: Task
    plan: TaskPlan
    phase: Phase
    attempt: Attempt
    execution: Execution
    worktree: Worktree
    base: str
    """The commit that the work began at."""
    transcript: Path
    folder: Path
    """Where a gate may put files of its own; they are not tracked."""
    name: str
    """What the names of files about this attempt begin with."""
    environment: Mapping[str, str]
    """For commands that a gate runs."""


class Gate(Protocol):
    """Decides whether a phase has passed."""

    def judge(self, case: Case, waits: Callable[[GateResult], None]) -> GateResult:
        """The verdict. `waits` is told where it will take people's time; whoever is interrupted
        then, calls this again with the result that was told in `case.attempt`.
        """


def stricter(phase: Phase, config: Config) -> GateType:
    """The gate of a phase: the configured one, unless the task's plan has a stricter one."""
    configured = config.gates.of(phase.name)
    planned = phase.gate or configured
    return max(configured, planned, key=lambda one: one.strictness)

"""How far one executor is with a task; only that executor writes it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ..config.schema import GateType, Name
from .task import Line, TaskIdText

Text = Annotated[str, StringConstraints(max_length=100_000)]


class ExecutionStatus(StrEnum):
    """What an executor's run does."""

    RUNNING = "running"
    WAITING = "waiting"
    """For a person at a gate."""
    FAILED = "failed"
    STOPPED = "stopped"
    """By the person who ran it; it can be resumed."""
    COMPLETED = "completed"


class PhaseStatus(StrEnum):
    """How far a phase is."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    CHANGES_REQUESTED = "changes_requested"
    FAILED = "failed"
    PASSED = "passed"


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", validate_assignment=True)


class GateResult(_Record):
    """What a gate said of an attempt."""

    type: GateType = GateType.AUTO
    verdict: Line = ""
    """`passed`, `changes_requested`, `waiting` or `failed`."""
    by: list[Line] = []
    feedback: Text = ""
    """What to do otherwise; written by others, so never more than data."""
    plan: Line = ""
    revision: Line = ""


class Attempt(_Record):
    """One go at a phase."""

    number: Annotated[int, Field(ge=1)]
    started: Line
    ended: Line = ""
    exit_code: int | None = None
    duration: float | None = None
    """Seconds."""
    cost: float | None = None
    """US dollars, where the command says so."""
    transcript: Line = ""
    """Relative to the task's folder."""
    gate: GateResult | None = None


class PhaseRun(_Record):
    """A phase with every attempt at it."""

    name: Name
    status: PhaseStatus = PhaseStatus.PENDING
    attempts: list[Attempt] = []


class Execution(_Record):
    """One executor's run of a task."""

    task: TaskIdText
    tag: Line = ""
    machine: Line = ""
    executor: Line = ""
    branch: Line = ""
    status: ExecutionStatus = ExecutionStatus.RUNNING
    phase: Line = ""
    started: Line = ""
    updated: Line = ""
    lamport: int = 0
    """Grows with each change by anybody who saw the one before."""
    warnings: list[Text] = []
    phases: list[PhaseRun] = []

    @property
    def cost(self) -> float | None:
        """What all attempts cost in US dollars, or None where none said."""
        said = [one.cost for run in self.phases for one in run.attempts if one.cost is not None]
        return sum(said) if said else None

    def to_facts(self) -> dict[str, Any]:
        """The execution as its file says it."""
        return self.model_dump(mode="json", exclude_none=True)

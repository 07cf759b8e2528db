"""What a team server is told of runs, and what it shows: the wire format of both sides."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ...errors import InvalidInputError
from ..config.schema import Name
from ..tasks.execution import ExecutionStatus, PhaseStatus
from ..tasks.task import Line, TaskIdText, Title

LARGEST = 32_768
"""Bytes of one report."""
MAX_PHASES = 50
API = "peerplan/api/team"

Cost = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
"""US dollars."""
Tag = Annotated[str, StringConstraints(pattern=r"^(|[a-z][a-z0-9]{0,13}(-[2-9])?)$")]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Machine = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{0,16}$")]


class Kind(StrEnum):
    """What a report tells."""

    START = "start"
    HEARTBEAT = "heartbeat"
    STOP = "stop"
    COST = "cost"


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ReportedProject(_Wire):
    """The project of a run. The key is made from its remote, so that all clones have the same."""

    key: Key
    name: Title


class ReportedPhase(_Wire):
    """How far a phase is."""

    name: Name
    status: PhaseStatus


class RunKey(_Wire):
    """Which run it is: one executor's, of one task, on one machine."""

    project: ReportedProject
    task: TaskIdText
    tag: Tag = ""
    machine: Machine = ""


class RunReport(RunKey):
    """How far a run is, whole each time: one that is lost is made up for by the next."""

    title: Title
    executor: Line = ""
    """The name that the executor gives themselves."""
    branch: Line = ""
    status: ExecutionStatus
    phase: Line = ""
    started: Line = ""
    cost: Cost | None = None
    """Of all attempts so far."""
    warn_per_task: Cost | None = None
    """What the team thinks is much; it stops nothing."""
    plan: Line = ""
    phases: Annotated[tuple[ReportedPhase, ...], Field(max_length=MAX_PHASES)] = ()


class CostReport(RunKey):
    """What a run has cost so far, from whoever counts it."""

    cost: Cost


Report = RunReport | CostReport


def parse_report(kind: str, facts: Mapping[str, Any]) -> Report:
    """The report of this kind that `facts` are; `InvalidInputError` says which field is wrong."""
    if kind not in set(Kind):
        raise InvalidInputError(
            f"{kind[:40]!r} is no kind of report.", hint=f"There are {', '.join(Kind)}."
        )
    model = CostReport if kind == Kind.COST else RunReport
    try:
        return model.model_validate(facts)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "it"
        raise InvalidInputError(f"The report cannot be read: {name}: {first['msg']}.") from None


class RunRow(_Wire):
    """A run on the dashboard."""

    project: str
    """The project's key."""
    task: str
    title: str
    who: str
    """Who reports it: the name that the server knows, or the one that was told."""
    known: bool
    """Whether the server knows who that is."""
    told: str
    """The name that the executor gives themselves."""
    tag: str
    machine: str
    branch: str
    status: str
    phase: str
    phases: tuple[ReportedPhase, ...]
    started: str
    seen: float
    """Seconds since it was last heard of."""
    live: bool
    """Whether it was heard of lately, and has not ended."""
    cost: float | None = None
    plan: str


class TaskRow(_Wire):
    """A task on the dashboard, with all its runs; or one that the server's repository knows, and
    that nobody has reported.
    """

    project: str
    task: str
    title: str
    status: str
    phase: str
    people: tuple[str, ...]
    live: bool
    cost: float | None = None
    warn_per_task: float | None = None
    seen: float | None = None


class PersonRow(_Wire):
    """Somebody of the team."""

    name: str
    known: bool
    presence: Literal["working", "away"]
    """Whether a run of theirs was heard of lately."""
    tasks: tuple[str, ...]
    """What they work on now."""
    cost: float | None = None
    seen: float


class ProjectRow(_Wire):
    """A project of which runs were reported."""

    key: str
    name: str
    cost: float | None = None


class Dashboard(_Wire):
    """All that a team server shows."""

    presence_seconds: float
    """How long somebody who is not heard of counts as working."""
    keep_days: float
    total_cost: float | None = None
    projects: tuple[ProjectRow, ...]
    runs: tuple[RunRow, ...]
    tasks: tuple[TaskRow, ...]
    people: tuple[PersonRow, ...]

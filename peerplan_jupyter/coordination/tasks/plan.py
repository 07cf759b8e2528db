"""The phases of a task, in the order in which they are run."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ..config.schema import Command, GateType, Name


class Phase(BaseModel):
    """One phase. What it does not say, the configuration does."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: Name
    gate: GateType | None = None
    command: Command | None = None
    prompt: Name | None = None
    """The prompt that it is run with; by default the one by its own name."""
    criteria: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=2000)], ...], Field(max_length=100)
    ] = ()
    """What must be true for it to pass, in sentences."""


class TaskPlan(BaseModel):
    """What `plan.yaml` says."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: Annotated[int, Field(ge=1, le=1)] = 1
    phases: Annotated[tuple[Phase, ...], Field(min_length=1, max_length=50)] = (
        Phase(name="implement"), Phase(name="test"), Phase(name="review"),
    )  # fmt: skip

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [phase.name for phase in self.phases]
        if len(set(names)) < len(names):
            raise ValueError("two phases have the same name")
        return self

    def to_facts(self) -> dict[str, Any]:
        """The plan as its file says it; what is left to the configuration is left out."""
        facts = self.model_dump(mode="json", exclude_none=True)
        phases = [{k: v for k, v in phase.items() if v} for phase in facts["phases"]]
        return {"version": self.version, "phases": phases}

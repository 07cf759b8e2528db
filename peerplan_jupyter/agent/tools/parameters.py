"""Parameters that several tools have."""

from __future__ import annotations

from typing import Annotated

from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field

PlanName = Annotated[
    str, Field(max_length=80, description="The plan's id; a unique beginning will do.")
]
StepName = Annotated[str, Field(max_length=64, description="The step's id, e.g. step-1.")]
AnnotationName = Annotated[
    str, Field(max_length=64, description="The annotation's id, as feedback shows it.")
]
RepositoryPath = Annotated[
    str,
    Field(
        max_length=1000,
        description="A folder in the git repository to publish to; default: the one you work in.",
    ),
]

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
TAKES_AWAY = ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False)
PUSHES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)


class StepInput(BaseModel):
    """A step of a plan."""

    title: str = Field(description="What is done, in a few words.")
    description: str = Field("", description="How, in markdown.")
    criteria: list[str] = Field(
        default_factory=list,
        description="Acceptance criteria: one checkable sentence each.",
    )
    id: str | None = Field(None, description="Default: step-1, step-2, …")

"""A task: what is to be done, and who made it."""

from __future__ import annotations

import datetime
import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from ...errors import InvalidInputError
from ...plan.ids import ULID_PATTERN, new_id
from ...plan.steering import STEERING
from ..naming import is_task_id

_steering = re.compile(rf"[\t\n{STEERING}]")


def _one_line(text: str) -> str:
    if _steering.search(text):
        raise PydanticCustomError("one_line", "expected one line without control characters")
    return text


def _task_id(text: str) -> str:
    if not is_task_id(text):
        raise PydanticCustomError("task_id", "expected a task's id such as TASK-AM-005")
    return text


TaskIdText = Annotated[str, AfterValidator(_task_id)]
Title = Annotated[
    str,
    StringConstraints(min_length=1, max_length=300, strip_whitespace=True),
    AfterValidator(_one_line),
]
Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_one_line)]


class Weight(StrEnum):
    """How large a task is."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


def weight_of(text: str) -> Weight | None:
    """The weight by this name, None for an empty one; `InvalidInputError` otherwise."""
    try:
        return Weight(text) if text else None
    except ValueError:
        raise InvalidInputError(
            f"{text[:40]!r} is no weight.", hint=f"A task is {', '.join(Weight)}."
        ) from None


class Maker(BaseModel):
    """Who made a task, in their own words; nothing is granted for it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: Line = ""
    prefix: Line = ""
    machine: Line = ""


class Task(BaseModel):
    """The definition of a task; how far it is, its executions say. Fields that a later version
    adds are kept out of the way.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: TaskIdText
    uid: Annotated[str, StringConstraints(pattern=ULID_PATTERN)]
    """Tells two tasks apart that were given the same id."""
    title: Title
    description: Annotated[str, StringConstraints(max_length=100_000)] = ""
    weight: Weight = Weight.MEDIUM
    template: Line = ""
    created: Line = ""
    """ISO 8601, UTC."""
    created_by: Maker = Maker()
    assignee: Line = ""
    aliases: Annotated[tuple[TaskIdText, ...], Field(max_length=100)] = ()
    """Ids that it had before."""
    plan: Line = ""
    """The id of the plan that it is reviewed as."""
    note: Annotated[str, StringConstraints(max_length=2000)] = ""
    """What was last reported of how it goes."""

    def to_facts(self) -> dict[str, Any]:
        """The task as its file says it; what is empty is left out."""
        facts = self.model_dump(mode="json")
        facts["aliases"] = list(self.aliases)
        return {name: value for name, value in facts.items() if value not in ("", [], {})}


def new_uid() -> str:
    """A fresh ULID."""
    return new_id()


def now() -> str:
    """The moment in ISO 8601, UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

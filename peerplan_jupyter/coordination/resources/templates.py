"""Templates: what a new task of a kind begins with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from ..home import OrcHome
from ..project import Project
from ..tasks.plan import TaskPlan
from ..tasks.store import parsed
from ..tasks.task import Weight
from .chain import Chain, Kind, Resource


class Template(TaskPlan):
    """A plan for tasks of one kind, with how large they usually are."""

    description: Annotated[str, StringConstraints(max_length=2000)] = ""
    weight: Weight = Field(default=Weight.MEDIUM)

    @property
    def plan(self) -> TaskPlan:
        """The phases of a task that is made from it."""
        return TaskPlan(version=self.version, phases=self.phases)


class TemplateService:
    """Finds templates: a person's own, the team's, the builtin ones."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    @classmethod
    def of(cls, project: Project, home: OrcHome) -> TemplateService:
        """The templates of a person in a project."""
        return cls(Chain.of(Kind.TEMPLATE, project, home))

    def read(self, name: str) -> Template:
        """The template called `name`. What `Chain.find` raises, and `InvalidInputError` where the
        file is not that of a template.
        """
        return template_of(self.chain.find(name))


def template_of(resource: Resource) -> Template:
    """The template that a file holds; `InvalidInputError` names each wrong field."""
    return parsed(resource.content.encode(), Template, str(resource.path))

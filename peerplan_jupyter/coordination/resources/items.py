"""What a run would act upon, with who may have written it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ..config.layers import LoadedConfig
from ..project import Project
from ..tasks.plan import TaskPlan
from .chain import Resource
from .skills import Skill
from .source import Source

COMMAND = "command"


class Origin(StrEnum):
    """Who may have written something."""

    PERSON = "person"
    """The person, or this program."""
    LOCAL = "local"
    """A file under `.orc/local`: the person, unless git tracks it."""
    REPOSITORY = "repository"
    """Whoever can push."""


_origins = {
    Source.TEAM_SHARED: Origin.REPOSITORY,
    Source.PERSONAL_PROJECT: Origin.LOCAL,
}
_layers = {"shared": Origin.REPOSITORY, "project": Origin.REPOSITORY, "local": Origin.LOCAL}


@dataclass(frozen=True)
class Item:
    """Something that a run would act upon. `where` is the path of its file."""

    kind: str
    name: str
    content: bytes
    origin: Origin
    where: str

    @property
    def is_command(self) -> bool:
        """Whether it is run, and not read."""
        return self.kind == COMMAND


def resource_item(resource: Resource) -> Item:
    """A prompt or a template as an item."""
    origin = _origins.get(resource.source, Origin.PERSON)
    content = resource.content.encode()
    return Item(resource.kind.word, resource.name, content, origin, str(resource.path))


def skill_item(skill: Skill) -> Item:
    """A skill as an item: all its files count."""
    found = resource_item(skill.resource)
    return Item(found.kind, found.name, skill_content(skill.files), found.origin, found.where)


def skill_content(files: Mapping[str, bytes]) -> bytes:
    """All that a skill says, in one piece that no other files come to."""
    heads = {name: f"--- {name} ({len(data)} bytes)\n".encode() for name, data in files.items()}
    return b"".join(heads[name] + files[name] for name in sorted(files))


def command_items(project: Project, loaded: LoadedConfig) -> Iterator[Item]:
    """The commands that the configuration sets, by the names of their settings."""
    config = loaded.config
    commands = {
        "run.command": config.run.command,
        "gates.ai_command": config.gates.ai_command,
        **{f"run.phases.{phase}": command for phase, command in config.run.phases.items()},
    }
    for name, command in commands.items():
        if command:
            layer = loaded.source(name).partition(" ")[0]
            where = str(_folders(project).get(layer, project.orc) / "config.yaml")
            origin = _layers.get(layer, Origin.PERSON)
            yield Item(COMMAND, name, command.encode(), origin, where)


def _folders(project: Project) -> dict[str, Path]:
    return {"shared": project.shared, "local": project.local}


def plan_items(project: Project, task: str, plan: TaskPlan) -> Iterator[Item]:
    """The commands that a task's own plan sets, which came with the task."""
    for phase in plan.phases:
        if phase.command:
            where = str(project.tasks / task / "plan.yaml")
            name = f"{task} {phase.name}"
            yield Item(COMMAND, name, phase.command.encode(), Origin.REPOSITORY, where)

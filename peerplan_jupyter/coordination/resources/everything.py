"""All that runs in a project may act upon, of whoever wrote it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from ...errors import PeerPlanError
from ..home import OrcHome
from ..naming import TaskId
from ..project import Project
from ..workspace import OrcWorkspace
from .chain import Chain, Kind
from .items import Item, command_items, plan_items, resource_item, skill_item
from .skills import SkillService


def everything(workspace: OrcWorkspace) -> tuple[list[Item], list[str]]:
    """Every prompt, skill, template and command that holds here, those in the plans of tasks too;
    and, in sentences, what cannot be read.
    """
    items: list[Item] = []
    problems: list[str] = []
    for read in _readers(workspace):
        try:
            items += read()
        except PeerPlanError as error:
            problems.append(error.message)
    return items, problems


def skill_items(project: Project, home: OrcHome) -> Iterator[Item]:
    """Every skill that holds here. One that cannot be read is nobody's to use, and passed over."""
    service = SkillService.of(project, home)
    for name in service.chain.names():
        with contextlib.suppress(PeerPlanError):
            yield skill_item(service.read(name))


def _readers(workspace: OrcWorkspace) -> Iterator[Callable[[], Iterable[Item]]]:
    project, home = workspace.project, workspace.home
    skills = SkillService.of(project, home)
    for kind in (Kind.PROMPT, Kind.TEMPLATE):
        chain = Chain.of(kind, project, home)
        yield from (partial(_resource, chain, name) for name in chain.names())
    yield from (partial(_skill, skills, name) for name in skills.chain.names())
    yield partial(command_items, project, workspace.loaded)
    yield from (partial(_plan, workspace, task) for task in workspace.tasks.ids())


def _resource(chain: Chain, name: str) -> list[Item]:
    return [resource_item(chain.find(name))]


def _skill(skills: SkillService, name: str) -> list[Item]:
    return [skill_item(skills.read(name))]


def _plan(workspace: OrcWorkspace, task: TaskId) -> Iterator[Item]:
    return plan_items(workspace.project, str(task), workspace.tasks.plan(task))

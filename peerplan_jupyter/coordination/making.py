"""Making a task: its id, its phases, its files, and telling the team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..git.repository import Place
from .config.schema import Mode
from .ids.generator import TaskIdGenerator
from .resources.templates import TemplateService
from .tasks.folding import PLANNED
from .tasks.plan import Phase, TaskPlan
from .tasks.store import checked
from .tasks.task import Maker, Task, Title, Weight, new_uid, now
from .team.files import read_team
from .workspace import OrcWorkspace


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for; what is empty the template says, or the defaults do."""

    title: Title
    description: str = ""
    weight: Weight | None = None
    template: str = ""
    assignee: str = ""
    phases: Sequence[Phase] = ()


@dataclass(frozen=True)
class Made:
    """A task that is there now, with what there is to say of it."""

    task: Task
    plan: TaskPlan
    warnings: tuple[str, ...]


def make_task(workspace: OrcWorkspace, wanted: Wanted) -> Made:
    """Make a task in the checkout, and record it for the team.

    Nothing is made, and no id used, before everything else of it is right: raises
    `InvalidInputError` for a title or a prefix that cannot be, and what `TemplateService.read`,
    `TaskIdGenerator.take` and `TaskStore.create` raise.
    """
    plan, weight = _shape(workspace, wanted)
    said = _said_of_people(workspace, wanted.assignee)
    draft = _draft(workspace, wanted, weight)
    with workspace.writer.prepare() as place:
        generator = _generator(workspace, place)
        minted = generator.take()
        task = draft.model_copy(update={"id": str(minted.id)})
        workspace.tasks.create(task, plan)
        recorded = workspace.writer.record(task.id, PLANNED, definition=task, plan=plan)
        generator.saw(recorded.commit, recorded.parents)
        warnings = (*said, *([minted.note] if minted.note else []), *workspace.tell())
    return Made(task, plan, warnings)


def _shape(workspace: OrcWorkspace, wanted: Wanted) -> tuple[TaskPlan, Weight]:
    if not wanted.template:
        plan = TaskPlan(phases=tuple(wanted.phases)) if wanted.phases else TaskPlan()
        return plan, wanted.weight or Weight.MEDIUM
    found = TemplateService.of(workspace.project, workspace.home).read(wanted.template)
    plan = TaskPlan(phases=tuple(wanted.phases)) if wanted.phases else found.plan
    return plan, wanted.weight or found.weight


def _said_of_people(workspace: OrcWorkspace, assignee: str) -> list[str]:
    """What there is to say of who makes the task, and of who is to do it."""
    if workspace.resolved.mode is Mode.SOLO:
        return []
    team, required = read_team(workspace.project), workspace.config.task_id.require_registration
    said = team.check(workspace.person.prefix, required=required)
    if assignee and not any(one.is_called(assignee) for one in team.members):
        said.append(f"Nobody in the team is called {assignee[:40]!r}.")
    return said


def _draft(workspace: OrcWorkspace, wanted: Wanted, weight: Weight) -> Task:
    """The task with an id that stands for the one that it will get."""
    person = workspace.person
    maker = Maker(name=person.display_name, prefix=person.prefix, machine=person.machine)
    facts = {
        "id": "TASK-000",
        "uid": new_uid(),
        "title": wanted.title,
        "description": wanted.description,
        "weight": weight,
        "template": wanted.template,
        "created": now(),
        "created_by": maker,
        "assignee": wanted.assignee,
    }
    return checked(facts, Task, "What you ask for", "Say it otherwise.")


def _generator(workspace: OrcWorkspace, place: Place) -> TaskIdGenerator:
    return TaskIdGenerator(
        workspace.resolved.mode,
        workspace.person.prefix,
        workspace.project,
        remote=workspace.config.git.remote,
        place=place,
        own_ref=workspace.writer.ref,
    )

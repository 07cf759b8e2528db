"""A task, wherever it is known from: the checkout, or what the team's writers recorded."""

from __future__ import annotations

from ..errors import InvalidInputError, NotFoundError
from .naming import TaskId
from .state.reader import StateReader, TaskState
from .tasks.plan import TaskPlan
from .tasks.task import Task
from .workspace import OrcWorkspace


def known_task(workspace: OrcWorkspace, task: TaskId) -> TaskState:
    """A task with its plan and executions, as the team's writers or the checkout have it.

    `NotFoundError` where neither has it, and `InvalidInputError` for what cannot be read.
    """
    try:
        return _recorded(workspace, task)
    except (NotFoundError, InvalidInputError):
        store = workspace.tasks
        return TaskState(store.read(task), store.plan(task), tuple(store.executions(task)))


def task_to_run(workspace: OrcWorkspace, task: TaskId) -> tuple[Task, TaskPlan]:
    """A task and its phases as the checkout has them; what was not pulled, as its maker recorded
    it. Raises as `known_task` does.
    """
    try:
        return workspace.tasks.read(task), workspace.tasks.plan(task)
    except NotFoundError as missing:
        try:
            known = _recorded(workspace, task)
        except NotFoundError:
            raise missing from None
        return known.task, known.plan


def _recorded(workspace: OrcWorkspace, task: TaskId) -> TaskState:
    prefix = workspace.config.git.branch_prefix
    return StateReader(workspace.project, branch_prefix=prefix).task(task)

"""What is said of a task that has been run to its end, when it is to be run again."""

from __future__ import annotations

from collections.abc import Callable

from ..naming import TaskId, branch_name
from ..project import Project
from ..tasks.execution import Execution, ExecutionStatus, PhaseStatus
from ..tasks.plan import TaskPlan
from .record import load, record_path

SUFFIXES = tuple("23456789")


def is_done(execution: Execution, plan: TaskPlan) -> bool:
    """Whether nothing of the plan is left to run, as the plan is now."""
    passed = {one.name for one in execution.phases if one.status is PhaseStatus.PASSED}
    completed = execution.status is ExecutionStatus.COMPLETED
    return completed and passed >= {phase.name for phase in plan.phases}


def cleaned_up(
    project: Project, task: TaskId, tag: str, plan: TaskPlan, prefix: str
) -> Execution | None:
    """The record of a run that is done, where its branch was taken away since; None otherwise."""
    found = load(record_path(project, task, tag))
    if found is None or not is_done(found, plan):
        return None
    ref = f"refs/heads/{branch_name(task, tag, prefix)}"
    is_there = project.runner.run("rev-parse", "--verify", "--quiet", ref, check=False).text
    return None if is_there else found


def how_to_run_it_again(project: Project, task: TaskId, tag: Callable[[str], str]) -> str:
    """The sentence for a person; `tag` has the tag of a run with a suffix."""
    free = [one for one in SUFFIXES if not record_path(project, task, tag(one)).exists()]
    if not free:
        return f"`orc new` makes a task like it: {task} has been run on all its branches."
    return f"`orc run {task} --suffix {free[0]}` runs it again, on a branch of its own."

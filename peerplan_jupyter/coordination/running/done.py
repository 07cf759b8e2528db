"""What is said of a task that has been run to its end, when it is to be run again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..naming import TaskId, branch_name
from ..project import Project
from ..tasks.execution import Execution, ExecutionStatus, PhaseStatus
from ..tasks.plan import Phase, TaskPlan
from .elsewhere import Elsewhere
from .record import load, record_path

SUFFIXES = tuple("23456789")


def is_done(execution: Execution, plan: TaskPlan) -> bool:
    """Whether nothing of the plan is left to run, as the plan is now."""
    return execution.status is ExecutionStatus.COMPLETED and not _left(execution, plan)


def left_to_run(project: Project, task: TaskId, tag: str, plan: TaskPlan) -> list[Phase]:
    """The phases that have not passed, as the record here says."""
    found = load(record_path(project, task, tag))
    return _left(found, plan) if found else [*plan.phases]


def _left(execution: Execution, plan: TaskPlan) -> list[Phase]:
    passed = {one.name for one in execution.phases if one.status is PhaseStatus.PASSED}
    return [phase for phase in plan.phases if phase.name not in passed]


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


def done_elsewhere(
    elsewhere: Elsewhere, tag: str, plan: TaskPlan
) -> tuple[Execution | None, list[Execution]]:
    """The run of this person with this tag on another machine, where it is done; and the runs of
    others that are.
    """
    mine = elsewhere.own(tag)
    theirs = [one for one in elsewhere.of_others() if is_done(one, plan)]
    return mine if mine and is_done(mine, plan) else None, theirs


def yours_is_done(mine: Execution) -> str:
    """The sentence for who runs a task again that they completed on another machine."""
    return (
        f"{mine.task} is completed: you ran it on another machine, on {mine.branch}, and "
        "--takeover brings that here."
    )


def somebody_is_done(theirs: Sequence[Execution]) -> str:
    """The sentence for who runs a task that others completed."""
    named = [f"{one.executor or one.tag} ({one.branch})" for one in theirs[:3]]
    more = f" and {len(theirs) - 3} more" if len(theirs) > 3 else ""
    return f"{theirs[0].task} is completed already, by {', '.join(named)}{more}."


def how_to_run_it_again(project: Project, task: TaskId, tag: Callable[[str], str]) -> str:
    """The sentence for a person; `tag` has the tag of a run with a suffix."""
    free = [one for one in SUFFIXES if not record_path(project, task, tag(one)).exists()]
    if not free:
        return f"`orc new` makes a task like it: {task} has been run on all its branches."
    return f"`orc run {task} --suffix {free[0]}` runs it again, on a branch of its own."

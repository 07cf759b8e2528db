"""`orc new`: begin a task."""

from __future__ import annotations

from typing import Annotated

import typer

from ..options import JsonOption
from ..output import tell, words
from .context import opened, warn

NAME = "new"


def run(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What is to be done, in a line.")],
    description: Annotated[
        str, typer.Option("--description", "-d", help="What there is to know about it; markdown.")
    ] = "",
    template: Annotated[
        str, typer.Option("--template", "-t", help="feature, bugfix, spike, or one of your own.")
    ] = "",
    weight: Annotated[str, typer.Option(help="small, medium or large.")] = "",
    assignee: Annotated[str, typer.Option(help="Who is to do it; anybody may run it.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Begin a task.

    Its files are written to .orc/tasks, for you to commit, and it is recorded for the team.
    """
    from ...coordination.making import Wanted, make_task
    from ...coordination.naming import TaskId
    from ...coordination.tasks.task import weight_of

    workspace = opened()
    wanted = Wanted(title, description, weight_of(weight), template, assignee)
    made = make_task(workspace, wanted)
    warn(*made.warnings)
    task = made.task
    facts = {
        "id": task.id,
        "uid": task.uid,
        "title": task.title,
        "weight": task.weight,
        "phases": [phase.name for phase in made.plan.phases],
        "folder": str(workspace.tasks.folder(TaskId.parse(task.id))),
        "warnings": list(made.warnings),
    }
    phases = ", ".join(phase.name for phase in made.plan.phases)
    tell(
        as_json,
        facts,
        words(f"{task.id}  {task.title}", "bold"),
        words(f"Phases: {phases}. `orc run {task.id}` runs them.", "dim"),
    )

"""Asking the person before a run: for what others wrote, and whether to join others at a task."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...review.fence import clean
from ..naming import TaskId
from ..resources.everything import skill_items
from ..resources.items import Item, command_items, plan_items, resource_item
from ..resources.prompts import PromptService
from ..resources.trust import Trust, Untrusted
from ..tasks.plan import Phase, TaskPlan
from ..workspace import OrcWorkspace
from .errors import LeasedError, UntrustedError

SHOWN = 4_000
Confirm = Callable[[str], bool]
"""Asks the person a question; there is none where nobody can answer."""


def agree(workspace: OrcWorkspace, task: TaskId, plan: TaskPlan, confirm: Confirm | None) -> None:
    """See to it that the person has agreed to each prompt and command of a run, and each skill that
    its agents can read up on, that others may have written. `UntrustedError` where they have not,
    and do not when they are asked.
    """
    trust = Trust(workspace.home)
    unknown = trust.unknown(workspace.project, _items(workspace, task, plan))
    if not unknown:
        return
    if confirm is None or not confirm(_question(unknown)):
        titles = [one.title for one in unknown]
        raise UntrustedError(
            f"You have not agreed to what the repository would have this run use: "
            f"{', '.join(titles)[:600]}.",
            hint="Read it and agree with `orc trust`, or run the task with --yes.",
            items=titles,
        )
    trust.agree(unknown)


def agreed_prompt(workspace: OrcWorkspace, phase: Phase) -> str:
    """The prompt of a phase as it is now. `UntrustedError` where it, or a skill, became another
    one, that the person has not agreed to, while the run went on.
    """
    service = PromptService.of(workspace.project, workspace.home)
    found = service.find(phase.prompt or phase.name)
    items = [resource_item(found), *skill_items(workspace.project, workspace.home)]
    unknown = Trust(workspace.home).unknown(workspace.project, items)
    if unknown:
        raise UntrustedError(
            f"{unknown[0].title} was changed while the run went on.",
            hint="Read it and agree with `orc trust`, then run the task again: it goes on there.",
            items=[one.title for one in unknown],
        )
    return found.content


def join(task: TaskId, holders: Sequence[str], confirm: Confirm | None, *, enforced: bool) -> None:
    """See to it that the person wants to run what others run. `LeasedError` where the team refuses
    that, or the person does not say so.
    """
    if not holders:
        return
    who = "; ".join(holders)
    if enforced:
        raise LeasedError(
            f"{task} is being run by {who}, and this team runs a task once at a time.",
            hint=f"Wait, or ask them. `orc unlock {task}` takes away the lease of who is gone.",
            holders=list(holders),
        )
    if confirm is None or not confirm(f"{task} is being run by {who}. Run it beside them?"):
        raise LeasedError(
            f"{task} is being run by {who}.",
            hint="Each runs it on a branch of their own: --yes runs it beside them.",
            holders=list(holders),
        )


def _items(workspace: OrcWorkspace, task: TaskId, plan: TaskPlan) -> list[Item]:
    service = PromptService.of(workspace.project, workspace.home)
    prompts = [service.find(phase.prompt or phase.name) for phase in plan.phases]
    return [
        *map(resource_item, prompts),
        *skill_items(workspace.project, workspace.home),
        *command_items(workspace.project, workspace.loaded),
        *plan_items(workspace.project, str(task), plan),
    ]


def _question(unknown: Sequence[Untrusted]) -> str:
    shown = [
        f"{one.title}:\n{clean(one.item.content.decode('utf-8', 'replace'), SHOWN)}"
        for one in unknown
    ]
    return "\n\n".join([*shown, "This came with the repository. Use it?"])

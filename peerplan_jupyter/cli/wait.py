"""`peerplan wait`: sleep until people answer."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .context import acting, opened
from .exits import CHANGES_REQUESTED, DONE, NOTHING_CAME
from .options import AgentOption, JsonOption, PlanArgument
from .output import console, tell, words

if TYPE_CHECKING:
    from rich.text import Text

    from ..review.feedback import FeedbackItem, Happening
    from ..review.workspace import Workspace

NAME = "wait"
FOREVER = 1e9
_verdicts = {"approved": DONE, "changes_requested": CHANGES_REQUESTED}


class What(StrEnum):
    """What can be waited for."""

    FEEDBACK = "feedback"
    APPROVAL = "approval"


def run(
    plan: PlanArgument,
    what: Annotated[What, typer.Option("--for", help="What to wait for.")] = What.FEEDBACK,
    timeout: Annotated[
        float | None, typer.Option(min=0, help="Seconds; by default there is no limit.")
    ] = None,
    cursor: Annotated[
        str, typer.Option(help="Where the last answer ended; by default the beginning.")
    ] = "",
    agent: AgentOption = "",
    as_json: JsonOption = False,
) -> int:
    """Wait for feedback or for approval.

    Feedback is what anybody did since the cursor, with --agent anybody else. Stopping the wait
    loses nothing.
    """
    until = time.monotonic() + (FOREVER if timeout is None else timeout)
    with opened() as workspace, console(stderr=True).status(f"Waiting for {what}"):
        plan_id = workspace.run(workspace.find(plan))
        if what is What.APPROVAL:
            status = _verdict(workspace, plan_id, cursor, until)
            tell(as_json, {"plan": plan_id, "status": status}, words(status.replace("_", " ")))
            return _verdicts.get(status, NOTHING_CAME)
        reader = acting(workspace, agent).id if agent else ""
        found = _heard(workspace, plan_id, cursor, reader, until)
    tell(as_json, _fact(plan_id, found), *_shown(found))
    return DONE if found.items else NOTHING_CAME


def _heard(workspace: Workspace, plan_id: str, cursor: str, reader: str, until: float) -> Happening:
    """What somebody said; edits and revisions alone do not end the wait."""
    while True:
        left = until - time.monotonic()
        found = workspace.run(workspace.feed.wait(plan_id, cursor, reader, max(left, 0)))
        if found.items or left <= 0:
            return found
        cursor = found.cursor


def _verdict(workspace: Workspace, plan_id: str, cursor: str, until: float) -> str:
    """The plan's status once it is a verdict, or what it is when the time is up."""
    while True:
        status = workspace.peer.call(lambda plans: plans.get(plan_id).standing.status)
        left = until - time.monotonic()
        if status in _verdicts or left <= 0:
            return status
        cursor = workspace.run(workspace.feed.wait(plan_id, cursor, "", left)).cursor


def _fact(plan_id: str, found: Happening) -> dict[str, Any]:
    return {
        "plan": plan_id,
        "cursor": found.cursor,
        "more": found.more,
        "items": [item.to_wire() for item in found.items],
    }


def _shown(found: Happening) -> list[Text]:
    told = [line for item in found.items for line in _lines(item)]
    if not told:
        told = [words("Nothing came.")]
    return [*told, words(f"cursor {found.cursor}", "dim")]


def _lines(item: FeedbackItem) -> list[Text]:
    head = f"{item.author}: {item.type.replace('_', ' ')} about {item.about}"
    quote = [words(f"  “{item.quote}”", "italic")] if item.quote else []
    body = [words(f"  {item.content}")] if item.content else []
    replies = [words(f"  {one['author']}: {one['content']}") for one in item.replies]
    return [words(head, "bold"), *quote, *body, *replies, words(f"  {item.id}", "dim")]

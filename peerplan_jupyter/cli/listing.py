"""`peerplan list`: the plans of this user on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .context import acting, opened
from .options import AgentOption, JsonOption
from .output import table, tell, when, words

if TYPE_CHECKING:
    from rich.console import RenderableType

NAME = "list"


def run(agent: AgentOption = "", as_json: JsonOption = False) -> None:
    """List the plans on this machine."""
    with opened() as workspace:
        reader = acting(workspace, agent).id
        plans = workspace.run(workspace.summaries(reader))
    tell(as_json, {"plans": plans}, _shown(plans))


def _shown(plans: list[dict[str, Any]]) -> RenderableType:
    if not plans:
        return "No plans yet. `peerplan new TITLE` begins one; `peerplan demo` shows the loop."
    made = table("Plan", "Title", "Status", "PR", "Open", "Unread", "Updated", "")
    for one in plans:
        made.add_row(
            one["id"],
            words(one["title"]),
            one["status"].replace("_", " "),
            str(one["pr"] or "draft"),
            str(one["open"] or ""),
            str(one["unread"] or ""),
            when(one["updated"]),
            words(*_published(one)),
        )
    return made


def _published(one: dict[str, Any]) -> tuple[str, str]:
    """How it stands with the plan branch, and the style of that."""
    waiting = one["waiting"]
    if waiting:
        since = when(waiting["queued"])
        return f"{waiting['reason']}, attempts since {since}: {waiting['attempts']}", "red"
    return ("unpublished", "") if one["unpublished"] else ("", "")

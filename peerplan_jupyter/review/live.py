"""What is true of a plan now and is not part of it: a view's `live`."""

from __future__ import annotations

from typing import Any

from ..plan.schema import Actor
from ..sync.plans import Plans
from .guests import Part, part_in
from .publishing import unpublished
from .workspace import Workspace


def live_view(
    workspace: Workspace, plans: Plans, plan_id: str, actor: Actor, own: dict[str, Any]
) -> dict[str, Any]:
    """A plan's `live` for `actor`; `own` is how the page's host is connected. On the peer's
    thread.
    """
    part = part_in(workspace.rooms.get(plan_id), actor.id, plans.get(plan_id))
    attendance = workspace.attendance
    published = publication(plans, plan_id)
    return {
        "me": _me(actor, part),
        "presence": attendance.presence(plan_id),
        "connection": workspace.connection(plan_id, own),
        "artifacts": workspace.custody.states(plans, plan_id),
        "publication": published,
        "agent": attendance.agent(plan_id),
        **_room(workspace, plan_id, part, published["state"] == "published"),
    }


def publication(plans: Plans, plan_id: str) -> dict[str, Any]:
    """Where the plan stands with its branch: `{"state", "commit", "at", "error", "url"}`."""
    binding = plans.journal.binding(plan_id)
    failed = next((one for one in plans.journal.outbox.pending() if one.plan_id == plan_id), None)
    told: dict[str, Any] = {"commit": "", "at": None, "error": "", "url": ""}
    if binding and binding.commit:
        told |= {"commit": binding.commit, "at": binding.at}
    if failed:
        return {**told, "state": "failed", "error": failed.error}
    if binding is None or not binding.commit:
        return {**told, "state": "unpublished"}
    behind = unpublished(plans.get(plan_id), binding)
    return {**told, "state": "pending" if behind else "published"}


def _me(actor: Actor, part: Part) -> dict[str, Any]:
    me: dict[str, Any] = {**actor.to_wire(), "role": part.role}
    if part.over:
        me["over"] = part.over
    if actor.kind == "human" and not part.guest and part.host in {"", actor.id}:
        me["invites"] = True
    return me


def _room(workspace: Workspace, plan_id: str, part: Part, published: bool) -> dict[str, Any]:
    """Who else is in the plan's room, and what they do not have yet."""
    if not part.host or workspace.met is None:
        return {}
    told: dict[str, Any] = {"host": part.host, "members": workspace.met.members(plan_id)}
    if part.guest and part.role != "viewer" and not published:
        told["unsent"] = workspace.met.unsent(plan_id)
    return told

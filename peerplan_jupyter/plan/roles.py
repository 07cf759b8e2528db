"""What the members of a room may do, operation by operation; `docs/mesh.md`, "Roles"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from ..errors import ForbiddenError
from . import operations as ops

if TYPE_CHECKING:
    from .document import PlanDocument

MemberRole: TypeAlias = Literal["owner", "reviewer", "viewer"]

_FREE = (ops.Annotate, ops.ReplyTo, ops.React, ops.SubmitReview, ops.WithdrawReview)
_OWN = (ops.Edit, ops.Withdraw, ops.Reanchor, ops.Resolve, ops.Reopen)


def check_role(
    role: MemberRole, who: str, operation: ops.Operation, document: PlanDocument
) -> None:
    """Raise `ForbiddenError` if the member `who` of this role may not do it.

    Other peers check what comes from this one, and put it out; here it is said in time. A guest's
    agents may read: what they wrote nobody would take, nor anything that was written after it.
    """
    if role == "owner":
        return
    if operation.actor.id != who:
        raise ForbiddenError(
            f"You were invited to this plan as a {role}: nobody else may write in it here.",
            hint="Write it yourself, or ask its owner for an invitation as an owner.",
            reason="role",
        )
    if role == "reviewer" and _reviewing(operation, document):
        return
    may = "comment and review" if role == "reviewer" else "read"
    raise ForbiddenError(
        f"You were invited to this plan as a {role}: you may {may}, and not {_named(operation)}.",
        hint="Ask its owner, or for another invitation.",
        reason="role",
    )


def _reviewing(operation: ops.Operation, document: PlanDocument) -> bool:
    if isinstance(operation, _FREE):
        return True
    if not isinstance(operation, _OWN):
        return False
    if isinstance(operation, ops.Edit) and operation.reply_id is not None:
        return True
    annotation = document.find_annotation(operation.annotation_id)
    return annotation is None or annotation.author == operation.actor.id


def _named(operation: ops.Operation) -> str:
    return operation.op.replace("_", " ")

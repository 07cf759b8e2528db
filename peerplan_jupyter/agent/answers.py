"""How tools answer: structured content for programs, and text that says what to do next."""

from __future__ import annotations

import logging

from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel, ValidationError

from ..errors import InvalidInputError, PeerPlanError
from ..plan.operations import invalid
from ..review.fence import clean

MAX_CURRENT = 50_000
"""Characters of the current text that the text of a stale error shows."""
_log = logging.getLogger(__name__)


class Answer(BaseModel):
    """What every answer has."""

    next: str
    """What to do now, in a sentence or two."""


def answer(model: Answer, *paragraphs: str) -> CallToolResult:
    """A tool's result: the paragraphs, then what to do next."""
    text = "\n\n".join([part for part in paragraphs if part] + [model.next])
    return CallToolResult(
        content=[TextContent(type="text", text=text)],
        structured_content=model.model_dump(mode="json"),
    )


def refusal(error: PeerPlanError) -> CallToolResult:
    """An error as a tool's result; its code is in `structured_content["error"]["code"]`."""
    told = " ".join(part for part in (error.message, error.hint) if part)
    current = error.data.get("current")
    if isinstance(current, str):
        told += f"\n\nThe text as it is now:\n\n{clean(current, MAX_CURRENT)}"
    return CallToolResult(
        content=[TextContent(type="text", text=told)],
        structured_content={"error": error.to_wire()},
        is_error=True,
    )


def refused(tool: str, error: ToolError) -> CallToolResult:
    """What a tool raised, as its result. Only what nobody foresaw is logged with its trace."""
    cause = error.__cause__
    if isinstance(cause, PeerPlanError):
        return refusal(cause)
    if isinstance(error, UnexpectedToolError):
        _log.error("The tool %s broke", tool, exc_info=cause)
        return refusal(_broken(tool, cause))
    if isinstance(cause, ValidationError):
        return refusal(invalid(cause, f"A call of {tool}"))
    return refusal(InvalidInputError(str(error)[:300]))


def _broken(tool: str, cause: BaseException | None) -> PeerPlanError:
    return PeerPlanError(
        f"{tool} broke inside peerplan ({type(cause).__name__}); nothing more was done.",
        hint="Tell your user; the log of the peerplan process has the details.",
    )


def count(number: int, one: str, many: str = "") -> str:
    """`1 comment`, `2 comments`."""
    return f"{number} {one if number == 1 else many or one + 's'}"

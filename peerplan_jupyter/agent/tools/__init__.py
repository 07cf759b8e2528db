"""The tools, one noun per file."""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations

from ..desk import Desk
from .editing import EditingTools
from .evidence import EvidenceTools
from .feedback import FeedbackTools
from .parameters import PUSHES, READS, TAKES_AWAY, WRITES
from .plans import PlanTools
from .progress import ProgressTools
from .publishing import PublishingTools
from .reviews import ReviewTools
from .steps import StepTools
from .tasks import TaskTools
from .waiting import WaitingTools

_described: dict[object, Tool] = {}


def tools_at(desk: Desk) -> list[Tool]:
    """The tools of a server: none approves, withdraws a review or changes the policy."""
    plans, editing, steps = PlanTools(desk), EditingTools(desk), StepTools(desk)
    evidence, reviews, waiting = EvidenceTools(desk), ReviewTools(desk), WaitingTools(desk)
    feedback, publishing, tasks = FeedbackTools(desk), PublishingTools(desk), TaskTools(desk)
    progress = ProgressTools(desk)
    tools = [
        (plans.create_plan, WRITES),
        (plans.get_plan, READS),
        (plans.list_plans, READS),
        (editing.edit_plan, WRITES),
        (steps.add_step, WRITES),
        (steps.update_step, WRITES),
        (steps.remove_step, TAKES_AWAY),
        (evidence.attach_artifact, WRITES),
        (evidence.withdraw_artifact, TAKES_AWAY),
        (reviews.request_review, WRITES),
        (waiting.wait_for_feedback, READS),
        (feedback.list_feedback, READS),
        (feedback.reply, WRITES),
        (feedback.set_disposition, WRITES),
        (reviews.get_review, READS),
        (publishing.link_pull_request, WRITES),
        (publishing.publish, PUSHES),
        (tasks.list_tasks, READS),
        (tasks.show_task, READS),
        (tasks.new_task, PUSHES),
        (progress.claim, PUSHES),
        (progress.report_progress, PUSHES),
    ]
    return [_tool(method, hints) for method, hints in tools]


def _tool(method: Any, hints: ToolAnnotations) -> Tool:
    """What the protocol says of a tool is worked out once a process: it takes 5 ms each."""
    function = method.__func__
    if function not in _described:
        made = Tool.from_function(method, annotations=hints)
        _described[function] = made.model_copy(update={"fn": function})
    return _described[function].model_copy(update={"fn": method})

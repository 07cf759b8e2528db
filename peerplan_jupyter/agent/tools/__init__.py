"""The tools, one noun per file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server import MCPServer
from mcp_types import ToolAnnotations

from ..desk import Desk
from ..visits import Visits
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


def add_tools(server: MCPServer[Visits], desk: Desk) -> None:
    """Give the server its tools: none approves, withdraws a review or changes the policy."""
    plans, editing, steps = PlanTools(desk), EditingTools(desk), StepTools(desk)
    evidence, reviews, waiting = EvidenceTools(desk), ReviewTools(desk), WaitingTools(desk)
    feedback, publishing, tasks = FeedbackTools(desk), PublishingTools(desk), TaskTools(desk)
    progress = ProgressTools(desk)
    tools: list[tuple[Callable[..., Any], ToolAnnotations]] = [
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
    for tool, hints in tools:
        server.add_tool(tool, annotations=hints)

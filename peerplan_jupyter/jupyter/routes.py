"""Every address of the extension."""

from __future__ import annotations

from typing import Any

from .agents import AgentHandler
from .artifacts import ArtifactHandler, ArtifactsHandler
from .events import EventsSocket
from .here import HereHandler, InterfaceHandler
from .host import Host
from .invitations import InvitationHandler, InvitationsHandler
from .mcp import MCPEndpoint
from .peers import PeerSocket
from .plan import OperationsHandler, PlanHandler, PlanJsonHandler, PublishHandler
from .plans import OpenHandler, PlansHandler
from .room_socket import RoomSocket
from .session import SessionSocket
from .team.handlers import DashboardHandler, ReportHandler, ReportsSocket, TasksHandler
from .team.page import DashboardPage, DashboardScript

_API = "/peerplan/api"
_PLAN = rf"{_API}/plans/([^/]+)"


def routes(host: Host, mcp: MCPEndpoint) -> list[tuple[str, type, dict[str, Any]]]:
    """Patterns below the server's base URL, with their handlers and what those are given."""
    given: dict[str, Any] = {"host": host}
    return [
        (rf"{_API}/plans", PlansHandler, given),
        (rf"{_API}/open", OpenHandler, given),
        (rf"{_API}/here", HereHandler, given),
        (rf"{_API}/interface", InterfaceHandler, given),
        (rf"{_API}/events", EventsSocket, given),
        (_PLAN, PlanHandler, given),
        (rf"{_PLAN}/plan\.json", PlanJsonHandler, given),
        (rf"{_PLAN}/operations", OperationsHandler, given),
        (rf"{_PLAN}/publish", PublishHandler, given),
        (rf"{_PLAN}/session", SessionSocket, given),
        (rf"{_PLAN}/invitations", InvitationsHandler, given),
        (rf"{_PLAN}/invitations/([^/]+)", InvitationHandler, given),
        (rf"{_PLAN}/artifacts", ArtifactsHandler, given),
        (rf"{_PLAN}/artifacts/([^/]+)", ArtifactHandler, given),
        (rf"{_API}/team/runs/([^/]+)", ReportHandler, given),
        (rf"{_API}/tasks", TasksHandler, given),
        (rf"{_API}/team/dashboard", DashboardHandler, given),
        (rf"{_API}/team/events", ReportsSocket, given),
        (r"/peerplan/team", DashboardPage, given),
        (r"/peerplan/team/dashboard\.js", DashboardScript, given),
        (r"/peerplan/peer", PeerSocket, given),
        (r"/peerplan/room", RoomSocket, given),
        (r"/peerplan/mcp", AgentHandler, {"app": mcp, "path": "/mcp", "host": host}),
    ]

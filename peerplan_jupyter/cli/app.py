"""The commands, wired together. Each lives in a file that is imported when it is named."""

from __future__ import annotations

from . import exits
from .entry import run_app
from .lazy import Lazy, lazy_app

COMMANDS = {
    "new": Lazy(".new", "Begin a plan in the current repository."),
    "list": Lazy(".listing", "List the plans on this machine."),
    "show": Lazy(".show", "Show a plan and what people said about it."),
    "attach": Lazy(".attach", "Attach files as evidence."),
    "request-review": Lazy(".request_review", "Freeze a revision and ask for its review."),
    "policy": Lazy(".policy", "Show or change when a plan is approved."),
    "wait": Lazy(".wait", "Wait for feedback or for approval."),
    "publish": Lazy(".publish", "Publish a plan, or all in the outbox."),
    "open": Lazy(".opening", "Bring a plan here by its URL."),
    "import": Lazy(".importing", "Take in reviews that people saved as files on a plan's page."),
    "mcp": Lazy(".mcp", "Serve agents over MCP on standard I/O."),
    "invite": Lazy(".invite", "Invite somebody to a plan by a link."),
    "revoke": Lazy(".revoke", "Take an invitation back."),
    "meet": Lazy(".meet", "Meet somebody by two texts, with no server."),
    "clean": Lazy(".clean", "Take old plans off the plan branch, by the dates of their commits."),
    "room-server": Lazy(
        ".room_server", "Introduce peers on different machines, and relay between them."
    ),
    "demo": Lazy(".demo.command", "Run the whole loop: an agent plans, you review."),
    "task": Lazy(".task", "Work on tasks as `orc` does."),
    "team": Lazy(".team", "Work as a team, as `orc team` does."),
    "doctor": Lazy(".doctor", "Check what peerplan needs, and say what to do."),
    "completion": Lazy(".completion", "Print what completes commands in a shell."),
    "site": Lazy(
        ".site",
        "Make the page by which anybody reviews this repository's plans, without a server.",
    ),
}

app = lazy_app(
    "peerplan",
    "Review what AI agents plan and prove, together, in Jupyter and git.",
    __package__,
    COMMANDS,
    epilog=exits.epilog(),
    versioned=True,
)


def run(args: list[str]) -> int:
    """Run one command of `peerplan` and return its exit code; see `run_app`."""
    return run_app(app, "peerplan", args)

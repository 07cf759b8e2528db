"""The commands of `orc`, wired together. Each lives in a file that is imported when it is named."""

from __future__ import annotations

from .. import exits
from ..entry import run_app
from ..lazy import Lazy, lazy_app

TASK_COMMANDS = {
    "new": Lazy(".new", "Begin a task."),
    "list": Lazy(".listing", "List the tasks here, or those of the whole team."),
    "show": Lazy(".show", "Show a task and how far everybody is with it."),
    "watch": Lazy(".watch", "Watch the team's tasks, and say what changes."),
    "run": Lazy(".run", "Run a task in a worktree of its own, phase by phase."),
    "status": Lazy(".status", "Show the mode, who you are, and what runs."),
    "gc": Lazy(".gc", "Take away worktrees and branches that nobody needs any more."),
    "unlock": Lazy(".unlock", "Take away the lease of somebody who is gone."),
    "doctor": Lazy(".doctor", "Check what tasks and teams need, and mend it with --fix."),
    "config": Lazy(".config", "Show the settings that hold, and where each comes from."),
    "prompt": Lazy(".prompt", "Show the prompts that phases are run with."),
    "skill": Lazy(".skill", "Show the skills that agents can read up on."),
    "template": Lazy(".template", "Show the templates that tasks are made from."),
    "trust": Lazy(".trust", "Agree to what the repository would have a run read and do."),
}
TEAM = Lazy(".team", "See who is in the team, and get what it shares.")
COMPLETION = Lazy("..completion", "Print what completes commands in a shell.")
MERGE_DRIVER = Lazy(".merge_driver", "Merge YAML by what it says; git runs this.")
app = lazy_app(
    "orc",
    "Work on agent tasks as a team, with nothing but git.",
    __package__,
    {**TASK_COMMANDS, "team": TEAM, "merge-driver": MERGE_DRIVER, "completion": COMPLETION},
    epilog=exits.epilog(exits.OF_TASKS),
    versioned=True,
)


def run(args: list[str]) -> int:
    """Run one command and return its exit code; see `entry.run_app`."""
    return run_app(app, "orc", args)

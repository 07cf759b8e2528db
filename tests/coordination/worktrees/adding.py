"""What a process of its own does: it makes the worktrees of tasks with these numbers."""

from __future__ import annotations

import sys
from pathlib import Path

from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.worktrees.keeper import Worktrees


def main() -> None:
    project = Project.find(Path.cwd())
    for number in sys.argv[1:]:
        Worktrees(project, project.orc / "worktrees").get(TaskId("AM", int(number)), "am")

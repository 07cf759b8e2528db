"""`peerplan task`: the tasks of `orc`, for who has one command in mind."""

from __future__ import annotations

from .lazy import lazy_app
from .orc.app import TASK_COMMANDS

NAME = "task"
app = lazy_app(NAME, "Work on tasks as `orc` does.", "peerplan_jupyter.cli.orc", TASK_COMMANDS)

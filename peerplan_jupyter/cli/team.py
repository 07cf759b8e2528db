"""`peerplan team`: the team of `orc`, for who has one command in mind."""

from __future__ import annotations

from .lazy import lazy_app
from .orc.team import TEAM_COMMANDS

NAME = "team"
app = lazy_app(
    NAME, "Work as a team, as `orc team` does.", "peerplan_jupyter.cli.orc", TEAM_COMMANDS
)

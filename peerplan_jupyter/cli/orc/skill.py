"""`orc skill`: the skills of the person, of the team, and the builtin ones."""

from __future__ import annotations

from .resources import resource_app

NAME = "skill"
app = resource_app(NAME, "skills", "Show the skills that agents can read up on.")

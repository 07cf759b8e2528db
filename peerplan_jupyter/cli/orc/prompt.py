"""`orc prompt`: the prompts of the person, of the team, and the builtin ones."""

from __future__ import annotations

from .resources import resource_app

NAME = "prompt"
app = resource_app(NAME, "prompts", "Show the prompts that phases are run with.")

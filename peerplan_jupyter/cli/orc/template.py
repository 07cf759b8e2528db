"""`orc template`: the templates of the person, of the team, and the builtin ones."""

from __future__ import annotations

from .resources import resource_app

NAME = "template"
app = resource_app(NAME, "templates", "Show the templates that tasks are made from.")

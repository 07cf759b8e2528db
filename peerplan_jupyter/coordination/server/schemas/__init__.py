"""The JSON Schema of what a team server shows, generated from the models.

`python -m peerplan_jupyter.coordination.server.schemas` writes it anew; the interface gets its
types from it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ..reports import Dashboard
from ..tasklist import TaskList

FILE = Path(__file__).with_name("team.schema.json")


class Shown(BaseModel):
    """All that a page gets of a team."""

    dashboard: Dashboard
    tasks: TaskList


def schema() -> dict[str, Any]:
    """The schema; what is None is left out of what is sent."""
    return Shown.model_json_schema(mode="validation")


def text() -> str:
    """The schema's file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"

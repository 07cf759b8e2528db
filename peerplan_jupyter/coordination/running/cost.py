"""What an attempt cost, where the command says so."""

from __future__ import annotations

import json
import math
from typing import Any

TAIL = 1 << 18
"""Bytes of the end of a transcript that are looked at."""
_names = ("total_cost_usd", "cost_usd")


def cost_in(output: bytes) -> float | None:
    """The US dollars that the last line with a JSON object names as `total_cost_usd` or
    `cost_usd`, as agents' command lines print their result; None where none does.
    """
    for line in reversed(output.splitlines()):
        if (cost := _cost(line)) is not None:
            return cost
    return None


def _cost(line: bytes) -> float | None:
    found = json_object(line)
    for name in _names:
        value = found.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
            return float(value)
    return None


def json_object(line: bytes) -> dict[str, Any]:
    """The JSON object on a line; an empty one where there is none."""
    text = line.strip()
    if not text.startswith(b"{"):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}

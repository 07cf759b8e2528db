"""`peerplan doctor`: whether everything that peerplan needs is there, and what to do if not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import exits
from .options import JsonOption
from .output import table, tell, words

if TYPE_CHECKING:
    from rich.table import Table

    from .checks import Check

NAME = "doctor"
_styles = {"ok": "green", "note": "yellow", "broken": "red"}


def run(as_json: JsonOption = False) -> int:
    """Check what peerplan needs, and say what to do."""
    from .checks import all_checks

    checks = list(all_checks())
    broken = any(one.state == "broken" for one in checks)
    facts = {"ok": not broken, "checks": [one.facts() for one in checks]}
    tell(as_json, facts, _shown(checks))
    return exits.BROKEN if broken else exits.DONE


def _shown(checks: list[Check]) -> Table:
    made = table("Check", "State", "Found", "What to do")
    for one in checks:
        state = words(one.state, _styles[one.state])
        made.add_row(one.name, state, words(one.found), words(one.advice))
    return made

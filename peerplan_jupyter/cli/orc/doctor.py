"""`orc doctor`: whether everything that tasks and teams need is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import exits
from ..options import JsonOption
from ..output import table, tell, words
from .context import opened

if TYPE_CHECKING:
    from rich.table import Table

    from ...coordination.care.findings import Finding

NAME = "doctor"
_styles = {"ok": "green", "note": "yellow", "broken": "red"}


def run(
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what can be mended without anybody's decision.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Check what tasks and teams need, and mend it with --fix."""
    from ...coordination.care.doctor import examine

    workspace = opened()
    found = list(examine(workspace))
    done = [one.mend() for one in found if fix and one.mend]
    left = list(examine(workspace)) if done else found
    broken = any(one.state == "broken" for one in left)
    facts = {"ok": not broken, "checks": [one.to_wire() for one in left], "fixed": done}
    tell(as_json, facts, _shown(left), *[words(one) for one in done])
    return exits.BROKEN if broken else exits.DONE


def _shown(found: list[Finding]) -> Table:
    made = table("Check", "State", "Found", "What to do")
    for one in found:
        state: Any = words(one.state, _styles[one.state])
        advice = one.advice or ("`orc doctor --fix` mends it." if one.mend else "")
        made.add_row(one.name, state, words(one.found), words(advice))
    return made

"""`orc doctor`: whether everything that tasks and teams need is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import PeerPlanError
from .. import exits
from ..options import JsonOption
from ..output import table, tell, words
from .context import opened

if TYPE_CHECKING:
    from ...coordination.care.findings import Finding
    from ..fitting import Fitting

NAME = "doctor"
_styles = {"ok": "green", "warning": "yellow", "broken": "red"}


def run(
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what can be mended without anybody's decision.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Check what tasks and teams need, and mend it with --fix."""
    found = _found()
    done = [one.mend() for one in found if fix and one.mend]
    left = _found() if done else found
    broken = any(one.state == "broken" for one in left)
    facts = {"ok": not broken, "checks": [one.to_wire() for one in left], "fixed": done}
    tell(as_json, facts, _shown(left), *[words(one) for one in done])
    return exits.BROKEN if broken else exits.DONE


def _found() -> list[Finding]:
    """Every finding. Settings that cannot be used are one: without them nothing else is known."""
    from ...coordination.care.doctor import examine
    from ...coordination.care.findings import Finding
    from ...coordination.project import Project

    Project.find(Path.cwd())
    try:
        workspace = opened()
    except PeerPlanError as error:
        return [Finding("settings", "broken", error.message, error.hint)]
    return list(examine(workspace))


def _shown(found: list[Finding]) -> Fitting:
    from ..fitting import Fitting

    made = table("Check", "State", "Found")
    for one in found:
        state: Any = words(one.state, _styles[one.state])
        advice = one.advice or ("`orc doctor --fix` mends it." if one.mend else "")
        said = words(one.found)
        if advice:
            said.append_text(words(f"\n{advice}", "bold"))
        made.add_row(one.name, state, said)
    return Fitting(made, ("Found",))

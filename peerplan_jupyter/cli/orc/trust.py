"""`orc trust`: agree to what the repository would have a run read and do."""

from __future__ import annotations

import typer

from ..options import JsonOption
from ..output import tell, words
from .context import opened, warn
from .differences import YesOption, agreed, show_all

NAME = "trust"


def run(yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Agree to what the repository would have a run read and do.

    Prompts, skills, templates and commands that others can write are shown, and used once you have
    agreed. What changes is asked about again.
    """
    from ...coordination.resources.everything import everything
    from ...coordination.resources.trust import Trust

    workspace = opened()
    trust = Trust(workspace.home)
    items, warnings = everything(workspace)
    warn(*warnings)
    unknown = trust.unknown(workspace.project, items)
    facts = [
        {
            "kind": one.item.kind,
            "name": one.item.name,
            "where": one.item.where,
            "digest": one.digest,
            "content": one.item.content.decode("utf-8", "replace"),
        }
        for one in unknown
    ]
    if as_json and not yes:
        tell(True, {"agreed": False, "items": facts, "warnings": warnings})
        return
    if not as_json:
        show_all(unknown)
    if not agreed(unknown, "Use these?", yes=yes, as_json=as_json):
        raise typer.Exit(1)
    trust.agree(unknown)
    said = f"You have agreed to {len(unknown)} of them." if unknown else "There is nothing new."
    tell(as_json, {"agreed": True, "items": facts, "warnings": warnings}, words(said))

"""`orc gc`: take away worktrees and branches that nobody needs any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..options import JsonOption
from ..output import table, tell, words
from .context import opened, warn

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ...coordination.care.gc import Fate

NAME = "gc"


def run(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Only say what would be done.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also what is nowhere else; a rescue ref keeps it."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take away worktrees and branches that nobody needs any more.

    That is what is committed, pushed or merged, done, and neither running nor leased. Branches at
    the remote stay. `git for-each-ref refs/orc/rescue` lists what was kept.
    """
    from ...coordination.care.gc import Collector

    collector = Collector(opened(), force=force, dry=dry_run)
    fates = collector.collect()
    warn(*collector.warnings)
    runs = [one.to_wire() for one in fates]
    facts = {"dry_run": dry_run, "runs": runs, "warnings": list(collector.warnings)}
    tell(as_json, facts, _shown(fates, dry_run))


def _shown(fates: list[Fate], dry_run: bool) -> RenderableType:
    from ..fitting import Fitting

    if not fates:
        return "There is nothing to take away."
    made = table("Run", "", "Because", "Kept in")
    for one in fates:
        would = "would be " if dry_run and one.action == "removed" else ""
        made.add_row(
            words(one.name), f"{would}{one.action}", words(one.why), words(" ".join(one.rescued))
        )
    return Fitting(made, ("Because",))

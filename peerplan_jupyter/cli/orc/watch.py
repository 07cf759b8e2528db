"""`orc watch`: say what changes in the team's tasks, when it changes."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Annotated

import typer

from ..options import JsonOption
from ..output import console, print_json
from .context import opened, warn
from .lines import line, names, print_lines

if TYPE_CHECKING:
    from ...coordination.visibility.row import NameOf
    from ...coordination.visibility.watching import Change

NAME = "watch"


def run(
    once: Annotated[bool, typer.Option("--once", help="End when something has changed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Watch the team's tasks, and say what changes.

    Nothing else has to run for it: the remote is asked for its refs now and then. Ctrl-C ends it.
    """
    from ...coordination.visibility.watching import Watcher

    workspace = opened()
    git = workspace.config.git
    watcher = Watcher(
        workspace.project,
        remote=git.remote,
        branch_prefix=git.branch_prefix,
        timeout=git.fetch_timeout,
    )
    name_of = names(workspace.project)
    if not as_json:
        console(stderr=True).print("Watching the team's tasks. Ctrl-C ends it.", style="dim")
    told = ""
    for changes in watcher.changes(threading.Event()):
        if watcher.stale not in {"", told}:
            warn(watcher.stale)
        told = watcher.stale
        for change in changes:
            _tell(change, name_of, as_json)
        if once and changes:
            return


def _tell(change: Change, name_of: NameOf, as_json: bool) -> None:
    if as_json:
        print_json({"change": change.kind, "task": change.row.to_wire(name_of)})
        return
    moment = time.strftime("%H:%M:%S")
    print_lines([f"{moment}  {change.kind:7}  {line(change.row, name_of)}"])

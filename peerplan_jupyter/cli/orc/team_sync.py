"""`orc team sync`: get what the team shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import NotFoundError
from ..options import JsonOption
from ..output import console, tell, words
from .context import opened
from .differences import YesOption, agreed, difference, shown

if TYPE_CHECKING:
    from ...coordination.project import Project
    from ...coordination.team.syncing import Change
    from ...coordination.team.upstream import Upstream

NAME = "sync"


def run(
    write: Annotated[
        bool,
        typer.Option("--write", help="Write files also where `git pull` would bring them."),
    ] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Get what the team shares, and see what changed before it is used.

    Files that were changed here stay as they are. Where `git pull` brings everything, that is said
    and nothing is written: git would refuse to pull over it.
    """
    from ...coordination.resources.trust import Trust
    from ...coordination.team.merge_driver import register
    from ...coordination.team.syncing import changes, is_pulled, take
    from ...coordination.team.upstream import look

    workspace = opened()
    project, settings = workspace.project, workspace.config.git
    if (upstream := look(project, settings.remote, settings.fetch_timeout)) is None:
        raise NotFoundError("There is no remote to get anything from.", hint="`git remote add`.")
    register(project.runner)
    found = changes(project, upstream)
    if not as_json:
        for one in found:
            console().print(shown(difference(one.name, one.here, one.there)))
    unknown = Trust(workspace.home).unknown(project, _offered(project, upstream, found))
    if not agreed(unknown, "Use what others changed?", yes=yes, as_json=as_json):
        raise typer.Exit(1)
    Trust(workspace.home).agree(unknown)
    pulled = bool(found) and not write and is_pulled(project, upstream)
    taken = [] if pulled else take(project, found)
    facts = {"commit": upstream.commit, "pull": pulled, "taken": taken, "changes": _told(found)}
    tell(as_json, facts, words(_sentence(upstream, found, taken, pulled=pulled)))


def _offered(project: Project, upstream: Upstream, found: Sequence[Change]) -> Any:
    from ...coordination.team.offered import offered
    from ...coordination.team.upstream import shared_files

    return offered(project, found, shared_files(project, upstream.commit)) if found else []


def _told(found: Sequence[Change]) -> list[dict[str, Any]]:
    return [
        {
            "path": f".orc/shared/{one.name}",
            "kind": one.kind,
            "standing": one.standing,
            "diff": difference(one.name, one.here, one.there),
        }
        for one in found
    ]


def _sentence(
    upstream: Upstream, found: Sequence[Change], taken: Sequence[str], *, pulled: bool
) -> str:
    there = f"{upstream.remote.name}/{upstream.branch}"
    if not found:
        return f"You have what {there} shares."
    if pulled:
        return f"`git pull` brings it: your branch has nothing that {there} has not."
    left = [one.name for one in found if one.name not in taken]
    said = [f"Written to .orc/shared: {', '.join(taken)}."] if taken else []
    if left:
        said.append(f"Changed here too, and left alone: {', '.join(left)}. `git pull` merges it.")
    if taken:
        said.append(f"Commit it or restore it before you merge {there}.")
    return " ".join(said)

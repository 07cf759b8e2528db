"""`orc status`: the mode, who you are, and what runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import PeerPlanError
from ..options import JsonOption
from ..output import tell, words
from .context import opened

if TYPE_CHECKING:
    from rich.text import Text

    from ...coordination.workspace import OrcWorkspace

NAME = "status"


def run(
    mode: Annotated[
        str, typer.Option("--mode", help="As if team.mode were set to this: solo, p2p or team.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Show the mode, who you are, and what runs.

    Runs are those of this clone; leases on the remote are those that were last fetched.
    """
    workspace = opened(mode)
    facts = _facts(workspace)
    tell(as_json, facts, *_shown(facts))


def _facts(workspace: OrcWorkspace) -> dict[str, Any]:
    from ...coordination.state.outbox import Outbox

    resolved, waiting = workspace.resolved, Outbox(workspace.project.state).waiting()
    return {
        "mode": str(resolved.mode),
        "reason": resolved.reason,
        "server_url": resolved.server_url,
        "root": str(workspace.project.root),
        "you": _person(workspace),
        "running": _running(workspace),
        "leases": _leases(workspace),
        "waiting": {"reason": waiting.error, "since": waiting.since} if waiting else None,
        "warnings": list(workspace.warnings),
    }


def _person(workspace: OrcWorkspace) -> dict[str, Any]:
    person = workspace.person
    try:
        prefix, tag, problem = person.prefix, person.tag, ""
    except PeerPlanError as error:
        prefix, tag, problem = "", "", f"{error.message} {error.hint}"
    return {"name": person.display_name, "prefix": prefix, "tag": tag, "problem": problem}


def _running(workspace: OrcWorkspace) -> list[dict[str, Any]]:
    from ...coordination.locks.survey import runs_here

    found = runs_here(workspace.project.state / "run")
    return [{"run": name, "told": run.told(), **run.to_dict()} for name, run in found.items()]


def _leases(workspace: OrcWorkspace) -> list[dict[str, Any]]:
    """Those of this clone, then those of the remote."""
    from ...coordination.locks.survey import leases_here

    folder, owner = workspace.project.state / "lease", workspace.person.owner
    here = [
        {"task": task, "where": "here", "state": state.value, "told": lease.owner if lease else "?"}
        for task, state, lease in leases_here(folder, owner)
    ]
    return [*here, *_remote_leases(workspace)]


def _remote_leases(workspace: OrcWorkspace) -> list[dict[str, Any]]:
    from ...coordination.locks.remote_lease import RemoteLease, known_leases
    from ...git.remote import find_remote

    if not _has_mirror(workspace):
        return []
    repository = workspace.project.repository
    remote = find_remote(repository, workspace.config.git.remote)
    known = known_leases(repository, remote) if remote else {}
    return [
        {
            "task": task,
            "where": "remote",
            "state": "held" if _lives(lease) else "stale",
            "told": lease.told() if isinstance(lease, RemoteLease) else "? unreadable",
        }
        for task, lease in known.items()
    ]


def _lives(lease: object) -> bool:
    return getattr(lease, "until", float("inf")) > time.time()


def _has_mirror(workspace: OrcWorkspace) -> bool:
    """Whether anything was ever fetched: otherwise there is no need to open the repository."""
    done = workspace.project.runner.run("for-each-ref", "--count=1", "refs/peerplan/mirrors")
    return bool(done.stdout)


def _shown(facts: dict[str, Any]) -> list[Text]:
    you = facts["you"]
    named = f"{you['name']}, ids with {you['prefix']}, runs as {you['tag']}"
    who = you["problem"] or (named if you["prefix"] else you["name"])
    lines = [
        words(f"{facts['mode']}: {facts['reason']}", "bold"),
        words(f"You     {who}", "" if not you["problem"] else "yellow"),
        words(f"Project {facts['root']}"),
    ]
    if facts["server_url"]:
        lines.append(words(f"Server  {facts['server_url']}"))
    lines += [words(f"Runs    {one['run']} {one['told']}") for one in facts["running"]]
    lines += [
        words(f"Lease   {one['task']} {one['state']} {one['where']}: {one['told']}")
        for one in facts["leases"]
    ]
    if not facts["running"]:
        lines.append(words("Nothing runs here.", "dim"))
    if waiting := facts["waiting"]:
        lines.append(words(f"Kept    since {waiting['since']}: {waiting['reason']}", "red"))
    return lines

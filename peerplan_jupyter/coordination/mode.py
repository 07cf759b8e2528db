"""Which mode a project is worked on in, and why."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InvalidInputError
from .config.layers import COMMAND_LINE, LoadedConfig
from .config.schema import Mode
from .project import Project


@dataclass(frozen=True)
class ResolvedMode:
    """A mode with the reason for it, and what contradicts it, in sentences."""

    mode: Mode
    reason: str
    server_url: str = ""
    warnings: tuple[str, ...] = ()


def resolve_mode(project: Project, loaded: LoadedConfig) -> ResolvedMode:
    """The mode that is set (`team.mode`, then `task_id.mode`; the environment and the command line
    set the first), otherwise what is there: a server's URL, then the folder `.orc/shared`. A server
    makes p2p ids no less p2p, so that `task_id.mode: p2p` with a server is a team.

    Raises `InvalidInputError` where two names of the server's URL contradict each other.
    """
    team, ids = loaded.config.team, loaded.config.task_id
    url, warnings = _server_url(loaded)
    asked = loaded.source("team.mode") == COMMAND_LINE
    if team.mode and ids.mode and team.mode is not ids.mode and not asked:
        warnings.append(f"team.mode is {team.mode} and task_id.mode {ids.mode}: the first holds.")
    if team.mode:
        reason = f"team.mode is set by {loaded.source('team.mode')}"
        return ResolvedMode(team.mode, reason, url, tuple(warnings))
    if ids.mode and not (url and ids.mode is Mode.P2P):
        reason = f"task_id.mode is set by {loaded.source('task_id.mode')}"
        return ResolvedMode(ids.mode, reason, url, tuple(warnings))
    found, reason = _detected(project, url)
    return ResolvedMode(found, reason, url, tuple(warnings))


def _detected(project: Project, url: str) -> tuple[Mode, str]:
    if url:
        return Mode.TEAM, "team.server_url is set"
    if project.shared.is_dir():
        return Mode.P2P, "there is a folder .orc/shared"
    return Mode.SOLO, "there is no folder .orc/shared and no server"


def _server_url(loaded: LoadedConfig) -> tuple[str, list[str]]:
    team = loaded.config.team
    if team.server and team.server_url and team.server != team.server_url:
        raise InvalidInputError(
            f"team.server is {team.server} and team.server_url {team.server_url}.",
            hint="Keep team.server_url; team.server is its old name.",
        )
    if team.server and not team.server_url:
        return team.server, ["team.server is the old name of team.server_url."]
    return team.server_url, []

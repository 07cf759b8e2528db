"""Bringing what others say of tasks, and no more than that, within a time limit."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import GitError, NotFoundError, StorageError, UnreachableError
from ...git.remote import Remote, fetch_specs, find_remote
from ...git.repository import Place
from ..naming import BRANCH_PREFIX
from ..project import Project
from ..state.layout import state_folder

TIMEOUT = 20.0


@dataclass(frozen=True)
class Fetched:
    """How a fetch went."""

    remote: str | None
    """What the remote's refs are kept under here; None where there is no remote."""
    default_branch: str = ""
    stale: str = ""
    """Why what is here is not what the remote has, and since when; empty where it is."""


def fetch_team(
    project: Project,
    *,
    remote: str | None = "origin",
    branch_prefix: str = BRANCH_PREFIX,
    timeout: float = TIMEOUT,
) -> Fetched:
    """Fetch the branches of tasks, the states and the default branch of a remote, without tags, and
    forget those that it has no more. Nothing is raised for a remote that is not there: `stale` says
    so, and what is known stays.
    """
    place = Place(project.runner)
    note = _Note(project)
    try:
        found = find_remote(place, remote)
        if found is None:
            return Fetched(None)
        default = _fetched(place, found, branch_prefix, note.default_branch, timeout)
    except (GitError, UnreachableError, NotFoundError) as error:
        return Fetched(note.remote or remote, note.default_branch, note.stale(error.message))
    note.keep(_kept_under(found), default)
    return Fetched(_kept_under(found), default)


def fetched_before(project: Project, remote: str | None = "origin") -> Fetched:
    """What the last fetch found out, without fetching."""
    note = _Note(project)
    return Fetched(note.remote or remote, note.default_branch)


def _fetched(place: Place, remote: Remote, branch_prefix: str, default: str, timeout: float) -> str:
    """Fetch, and return the name of the default branch."""
    end = time.monotonic() + timeout
    known = default
    default = default or _default_branch(place, remote, timeout)
    while True:
        left = max(end - time.monotonic(), 0.1)
        try:
            fetch_specs(place, remote, _specs(remote, branch_prefix, default), left)
        except GitError:
            # It may be called otherwise now.
            known, before = "", known
            default = _default_branch(place, remote, left) if before else default
            if not before or default == before:
                raise
            continue
        return default


def _specs(remote: Remote, branch_prefix: str, default: str) -> Sequence[str]:
    under = f"refs/remotes/{remote.name}"
    under = under if remote.key == remote.name else f"refs/peerplan/remotes/{remote.key}"
    folders = (branch_prefix, state_folder(branch_prefix))
    specs = [f"+refs/heads/{one}/*:{under}/{one}/*" for one in folders]
    return [*specs, f"+refs/heads/{default}:{under}/{default}"] if default else specs


def _kept_under(remote: Remote) -> str:
    return remote.name if remote.key == remote.name else remote.key


def _default_branch(place: Place, remote: Remote, timeout: float) -> str:
    """What the remote's HEAD leads to; empty for an empty repository."""
    asked = ("ls-remote", "--symref", "--", remote.address, "HEAD")
    said = place.run(*asked, timeout=timeout).text
    for line in said.splitlines():
        if line.startswith("ref: refs/heads/") and line.endswith("\tHEAD"):
            return line.removeprefix("ref: refs/heads/").removesuffix("\tHEAD")
    return ""


class _Note:
    """When the remote was last fetched, and what its default branch is called."""

    def __init__(self, project: Project) -> None:
        self._file = project.state / "fetched.json"
        self._facts: dict[str, object] = {}
        with contextlib.suppress(OSError, ValueError):
            facts = json.loads(self._file.read_bytes())
            self._facts = facts if isinstance(facts, dict) else {}

    @property
    def default_branch(self) -> str:
        return str(self._facts.get("default_branch", ""))

    @property
    def remote(self) -> str:
        return str(self._facts.get("remote", ""))

    def stale(self, why: str) -> str:
        at = self._facts.get("at")
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(at)) if isinstance(at, int) else ""
        return f"As known since {since}: {why}" if since else f"As known here: {why}"

    def keep(self, remote: str, default_branch: str) -> None:
        from ..yamlfile import write_atomically  # noqa: PLC0415

        facts = {"at": int(time.time()), "remote": remote, "default_branch": default_branch}
        with contextlib.suppress(StorageError):
            write_atomically(self._file, json.dumps(facts))

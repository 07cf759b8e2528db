"""Who has a lease on which task, for who looks at a list."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ...errors import PeerPlanError
from ..naming import TaskId, is_task_id
from ..project import Project

if TYPE_CHECKING:
    from ...git.process import GitRunner
    from .settings import ListSettings

Leases = Mapping[str, Sequence[str]]
"""Those who hold a lease that lives, by the key of the task."""


def leases_in_clone(project: Project) -> Leases:
    """The leases of runs in this clone. Nothing is imported where nothing was ever leased."""
    return _by_task(_here(project))


def leases_of_team(project: Project, settings: ListSettings, *, fetch: bool) -> Leases:
    """Those and the leases that the remote has, or had when it was last asked: one that cannot be
    asked now is no reason to show none.
    """
    return _by_task([*_here(project), *_there(project.runner, settings, fetch)])


def _here(project: Project) -> Iterator[tuple[str, str]]:
    folder = project.state / "lease"
    if not any(folder.glob("*/lock.yaml")):
        return
    from ..locks.file_lock import State  # noqa: PLC0415 (most lists have no lease to show)
    from ..locks.survey import leases_here  # noqa: PLC0415

    for task, state, lease in leases_here(folder, ""):
        if state in {State.HELD, State.UNREADABLE}:
            yield task, lease.owner if lease else "somebody"


def _there(runner: GitRunner, settings: ListSettings, fetch: bool) -> Iterator[tuple[str, str]]:
    from ...git.remote import find_remote  # noqa: PLC0415
    from ...git.repository import Place  # noqa: PLC0415
    from ..locks.remote_lease import RemoteLease, fetch_leases, known_leases  # noqa: PLC0415

    place = Place(runner)
    with contextlib.suppress(PeerPlanError):
        remote = find_remote(place, settings.remote)
        if remote is None:
            return
        if fetch:
            with contextlib.suppress(PeerPlanError):
                fetch_leases(place, remote, settings.timeout)
        for task, lease in known_leases(place, remote).items():
            if isinstance(lease, RemoteLease) and lease.until > time.time():
                yield task, f"{lease.holder.owner} on {lease.holder.machine}"


def _by_task(found: Iterable[tuple[str, str]]) -> Leases:
    made: dict[str, list[str]] = defaultdict(list)
    for task, who in found:
        if is_task_id(task) and who not in made[key := TaskId.parse(task).key]:
            made[key].append(who)
    return made

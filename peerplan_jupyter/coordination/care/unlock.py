"""Taking a lease away from somebody who is gone."""

from __future__ import annotations

from dataclasses import dataclass

from ...git.remote import find_remote
from ..locks.file_lock import FileLock, State
from ..locks.git_lease import Answer, GitLease
from ..locks.remote_lease import RemoteLease, holder_of
from ..naming import TaskId
from ..workspace import OrcWorkspace


@dataclass(frozen=True)
class Unlocked:
    """Whose leases were taken away, which were kept since somebody is there, and what there is to
    say, in sentences.
    """

    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def unlock(workspace: OrcWorkspace, task: TaskId, *, force: bool) -> Unlocked:
    """Take away the leases on `task`, here and on the remote, whose holders are gone; with
    `force` all. Where one is kept, none is taken away.
    """
    here, there = _here(workspace, task), _there(workspace, task)
    seen = [one for one in (here and _seen_here(here), there and _seen_there(there)) if one]
    kept = tuple(who for who, alive in seen if alive)
    if kept and not force:
        return Unlocked(kept=kept)
    warnings = _removed(here, there)
    return Unlocked(removed=tuple(who for who, _ in seen), warnings=warnings)


def _here(workspace: OrcWorkspace, task: TaskId) -> FileLock:
    return FileLock(workspace.project.state / "lease" / task.key, workspace.person.owner)


def _there(workspace: OrcWorkspace, task: TaskId) -> GitLease | None:
    repository = workspace.project.repository
    remote = find_remote(repository, workspace.config.git.remote)
    if remote is None:
        return None
    return GitLease(repository, remote, task.key, holder_of(workspace.person, repository))


def _seen_here(lock: FileLock) -> tuple[str, bool] | None:
    state, lease = lock.state(), lock.read()
    who = f"{lease.owner} in this clone" if lease else "somebody unreadable in this clone"
    return None if state is State.FREE else (who, state is not State.STALE)


def _seen_there(lease: GitLease) -> tuple[str, bool] | None:
    found = lease.look()
    if found.answer is not Answer.HELD or found.lease is None:
        return None
    who = found.lease.told() if isinstance(found.lease, RemoteLease) else "somebody unreadable"
    return f"{who} on the remote", not lease.has_ended(found.lease)


def _removed(here: FileLock, there: GitLease | None) -> tuple[str, ...]:
    here.force_release()
    outcome = there.force_release() if there else None
    return (outcome.words,) if outcome and outcome.words else ()

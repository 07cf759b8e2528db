"""How far the same person is with a task on another machine, as their state branch there says."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import GitError, InvalidInputError, NotFoundError, UnreachableError
from ...git.objects import ObjectReader
from ...git.remote import fetch_specs, find_remote
from ...git.repository import Place
from ..naming import TaskId
from ..state.layout import ALONE, EXECUTIONS, state_folder, task_path, tips, writer_name
from ..tasks.execution import Execution
from ..tasks.store import parsed
from ..workspace import OrcWorkspace


def execution_elsewhere(workspace: OrcWorkspace, task: TaskId, tag: str) -> Execution | None:
    """The latest record of the run from another machine; None where there is none, or the remote
    does not answer.
    """
    place, config = Place(workspace.project.runner), workspace.config.git
    try:
        remote = find_remote(place, config.remote)
        if remote is None:
            return None
        folder = state_folder(config.branch_prefix)
        spec = f"+refs/heads/{folder}/*:refs/remotes/{remote.name}/{folder}/*"
        fetch_specs(place, remote, [spec], config.fetch_timeout)
    except (GitError, NotFoundError, UnreachableError):
        return None
    found = list(_records(workspace, task, tag))
    return max(found, key=lambda one: one.lamport, default=None)


def _records(workspace: OrcWorkspace, task: TaskId, tag: str) -> Iterator[Execution]:
    mine = writer_name(tag, workspace.person.machine)
    beginning = writer_name(tag, "")
    path = task_path(task, EXECUTIONS, f"{tag or ALONE}.yaml")
    known = tips(workspace.project.runner, workspace.config.git.branch_prefix)
    with ObjectReader(workspace.project.runner) as objects:
        for tip in known:
            if tip.writer == mine or not tip.writer.startswith(beginning):
                continue
            data = objects.blob(f"{tip.commit}:{path}")
            try:
                if data is not None:
                    yield parsed(data, Execution, f"{tip.writer}:{path}")
            except InvalidInputError:
                continue

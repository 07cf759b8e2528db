"""How far runs of a task are elsewhere, as the state branches of other writers say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from ...errors import GitError, InvalidInputError, NotFoundError, UnreachableError
from ...git.objects import ObjectReader
from ...git.remote import fetch_specs, find_remote
from ...git.repository import Place
from ..config.schema import Mode
from ..state.layout import EXECUTIONS, TASK_FILE, newest, states_of, task_path, tips, writer_name
from ..tasks.execution import Execution
from ..tasks.store import parsed
from ..tasks.task import Task
from ..workspace import OrcWorkspace

PATIENCE = 5.0
"""Seconds, at most, that a run waits for what is only good to know."""


class Elsewhere:
    """The runs of one task by other writers. The remote is asked when it is first looked at; where
    it does not answer, what is known here counts. Nobody works elsewhere in solo mode.
    """

    def __init__(self, workspace: OrcWorkspace, task: Task) -> None:
        self._workspace = workspace
        self._task = task
        self._mine = writer_name(workspace.person.tag, "")

    def own(self, tag: str) -> Execution | None:
        """The latest record of this person's run with this tag on another machine."""
        found = [one for writer, one in self._runs if one.tag == tag and self._is_mine(writer)]
        return max(found, key=lambda one: one.lamport, default=None)

    def of_others(self) -> list[Execution]:
        """What everybody else recorded of their runs, the latest first."""
        found = [one for writer, one in self._runs if not self._is_mine(writer)]
        return sorted(found, key=lambda one: one.lamport, reverse=True)

    def _is_mine(self, writer: str) -> bool:
        return writer.startswith(self._mine)

    @cached_property
    def _runs(self) -> list[tuple[str, Execution]]:
        if self._workspace.resolved.mode is Mode.SOLO:
            return []
        _fetch_states(self._workspace)
        return list(self._read())

    def _read(self) -> Iterator[tuple[str, Execution]]:
        runner, git = self._workspace.project.runner, self._workspace.config.git
        here = self._workspace.writer.name
        known = [one for one in newest(tips(runner, git.branch_prefix)) if one.writer != here]
        with ObjectReader(runner) as objects:
            for tip in known:
                if self._is_another(objects.blob(f"{tip.commit}:{self._path(TASK_FILE)}")):
                    continue
                folder = f"{tip.commit}:{self._path(EXECUTIONS)}"
                for name in objects.tree(folder):
                    if found := _execution(objects.blob(f"{folder}/{name}"), f"{tip.short}:{name}"):
                        yield tip.writer, found

    def _path(self, name: str) -> str:
        return task_path(self._task.id, name)

    def _is_another(self, data: bytes | None) -> bool:
        """Whether a writer's task of this id is another one, that was given the same id."""
        try:
            return data is not None and parsed(data, Task, TASK_FILE).uid != self._task.uid
        except InvalidInputError:
            return False


def _execution(data: bytes | None, where: str) -> Execution | None:
    try:
        return None if data is None else parsed(data, Execution, where)
    except InvalidInputError:
        return None


def _fetch_states(workspace: OrcWorkspace) -> None:
    place, config = Place(workspace.project.runner), workspace.config.git
    try:
        remote = find_remote(place, config.remote)
        if remote is None:
            return
        spec = states_of(remote, config.branch_prefix)
        fetch_specs(place, remote, [spec], min(config.fetch_timeout, PATIENCE))
    except (GitError, NotFoundError, UnreachableError):
        return

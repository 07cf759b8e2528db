"""Two tasks that were given one id while nobody could know: the younger gets another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import GitError, StaleError, StorageError
from ...git.fast_import import Change, Delete, Keep, Write
from ...git.objects import ObjectReader
from ..state.folder import read_folder
from ..state.layout import EXECUTIONS, TASK_FILE, TASKS, message, task_path
from ..tasks.execution import Execution
from ..tasks.store import draft_of
from ..tasks.task import Task
from ..visibility.tasks import Duplicate, duplicates, known_team_tasks
from ..yamlfile import dump_yaml
from .generator import TaskIdGenerator

if TYPE_CHECKING:
    from ..workspace import OrcWorkspace


@dataclass(frozen=True)
class Younger:
    """A task whose id an older one has, too."""

    id: str
    uid: str
    title: str
    creator: str
    """Who made it."""
    is_ours: bool
    """Whether it was made here, so that it can be given another id here."""


def younger_duplicates(workspace: OrcWorkspace) -> list[Younger]:
    """Tasks that must be given another id, as far as is known here."""
    git = workspace.config.git
    tasks = known_team_tasks(workspace.project, remote=git.remote, branch_prefix=git.branch_prefix)
    return [one for found in duplicates(tasks.rows) for one in _younger(workspace, found)]


def moved_elsewhere(workspace: OrcWorkspace) -> dict[str, str]:
    """The tasks in this checkout that were given another id where they were made, with that id, as
    far as is known here.
    """
    git = workspace.config.git
    tasks = known_team_tasks(workspace.project, remote=git.remote, branch_prefix=git.branch_prefix)
    now = {row.uid: row.id for row in tasks.rows if row.uid}
    here = {folder.name: read_folder(_files(folder)).task for folder in _folders(workspace)}
    return {
        name: now[task.uid]
        for name, task in here.items()
        if task and now.get(task.uid, name).upper() != name.upper()
    }


def is_half_moved(workspace: OrcWorkspace, old: str, new: str) -> bool:
    """Whether the folder `old` in the checkout was left by a `renumber` that was broken off."""
    task = read_folder(_files(workspace.project.tasks / old)).task
    return bool(task and _Here(workspace, new, task.uid).is_recorded)


def finish_moving(workspace: OrcWorkspace, old: str, new: str) -> None:
    """Do what was left to do of a `renumber`, and raise as that does."""
    if task := read_folder(_files(workspace.project.tasks / old)).task:
        _check_at_rest(workspace, old)
        _Here(workspace, old, task.uid).move_folder(new)


def _folders(workspace: OrcWorkspace) -> list[Path]:
    return [workspace.tasks.folder(task) for task in workspace.tasks.ids()]


def _younger(workspace: OrcWorkspace, found: Duplicate) -> Iterator[Younger]:
    for row in found.rows[1:]:
        ours = _Here(workspace, row.id, row.uid).is_ours
        yield Younger(row.id, row.uid, row.title, row.creator_name or row.creator, ours)


def renumber(workspace: OrcWorkspace, younger: Younger) -> str:
    """Give a task that was made here another id, in the checkout and in the states of this writer;
    it keeps the old one as an alias. Returns the new id.

    What was committed to other branches and the names of branches stay as they are. Raises
    `StaleError` when it was made elsewhere or is being run, and what `TaskIdGenerator.take` and
    `StateWriter.record` raise; then it has the id that it had.
    """
    here = _Here(workspace, younger.id, younger.uid)
    if not here.is_ours:
        raise StaleError(
            f"{younger.id} ({younger.title}) was not made here.",
            hint="`orc doctor --fix` on the machine that it was made on gives it another id.",
        )
    _check_at_rest(workspace, younger.id)
    generator = TaskIdGenerator(
        workspace.resolved.mode,
        workspace.person.prefix,
        workspace.project,
        remote=workspace.config.git.remote,
    )
    new = str(generator.take().id)
    here.move_state(new)
    here.move_folder(new)
    return new


def _check_at_rest(workspace: OrcWorkspace, task: str) -> None:
    from ..locks.survey import runs_here  # noqa: PLC0415

    for name in runs_here(workspace.project.state / "run"):
        if name.upper() == task.upper() or name.upper().startswith(f"{task.upper()}-"):
            raise StaleError(f"{task} is being run here.", hint="Try again when it has ended.")


class _Here:
    """What is here of one task: its folder in the checkout, and that in our states."""

    def __init__(self, workspace: OrcWorkspace, task: str, uid: str) -> None:
        self._workspace = workspace
        self._writer = workspace.writer
        self._task = task
        self._uid = uid
        self._folder = self._in_checkout()

    @property
    def is_ours(self) -> bool:
        """Whether this writer recorded it, or nobody did and it is in the checkout."""
        if self.is_recorded:
            return True
        return self._folder is not None and not self._recorded_elsewhere()

    @property
    def is_recorded(self) -> bool:
        """Whether this writer recorded it."""
        return self._state_name() is not None

    def move_state(self, new: str) -> None:
        """Record it under the new id instead of the old one."""
        writer = self._writer
        with writer.alone():
            known = writer.known()
            name, parents = self._state_name(), writer.parents(known)
            if name is None:
                return
            clock = max(tip.clock for tip in known) + 1
            changes = list(self._moved(parents[0], name, new))
            said = message(new, f"renumbered, was {self._task}", clock)
            if writer.commit(parents, changes, said) is None:
                raise GitError(
                    f"The branch {writer.branch} was moved meanwhile.", hint="Try again."
                )

    def move_folder(self, new: str) -> None:
        """Make the folder of the new id, then take away that of the old."""
        if self._folder is None:
            return
        place, draft = self._folder.with_name(new), draft_of(self._folder.with_name(new))
        made, gone = read_folder(_files(place)).task, draft_of(self._folder)
        try:
            if made is None or made.uid != self._uid:
                shutil.copytree(self._folder, draft, symlinks=True)
                for path, text in _rewritten(_files(draft), new).items():
                    (draft / path).write_text(text, "utf-8")
                draft.rename(place)
            else:
                shutil.copytree(
                    self._folder, place, copy_function=_copy_missing, dirs_exist_ok=True
                )
            self._folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise StorageError(
                f"{self._folder} cannot be moved: {error.strerror or error}."
            ) from None

    def _in_checkout(self) -> Path | None:
        folder = self._workspace.project.tasks / self._task
        task = read_folder(_files(folder)).task
        return folder if task and task.uid == self._uid else None

    def _state_name(self) -> str | None:
        """The name of its folder in our states."""
        parents = self._writer.parents(self._writer.known())
        with ObjectReader(self._workspace.project.runner) as objects:
            for commit in parents:
                for name in (self._task, f"{self._task}.{self._uid}"):
                    data = objects.blob(f"{commit}:{task_path(name, TASK_FILE)}")
                    task = read_folder({TASK_FILE: data}).task if data else None
                    if task and task.uid == self._uid:
                        return name
        return None

    def _recorded_elsewhere(self) -> bool:
        with ObjectReader(self._workspace.project.runner) as objects:
            for tip in self._writer.known():
                data = objects.blob(f"{tip.commit}:{task_path(self._task, TASK_FILE)}")
                task = read_folder({TASK_FILE: data}).task if data else None
                if task and task.uid == self._uid:
                    return True
        return False

    def _moved(self, commit: str, name: str, new: str) -> Iterator[Change]:
        yield Delete(task_path(name))
        with ObjectReader(self._workspace.project.runner) as objects:
            where = f"{commit}:{TASKS}/{name}"
            entries = {one.name: one for one in objects.tree(where).values() if one.is_file}
            inner = objects.tree(f"{where}/{EXECUTIONS}").values()
            entries |= {f"{EXECUTIONS}/{one.name}": one for one in inner if one.is_file}
            files = {path: objects.blob(entry.oid) for path, entry in entries.items()}
            written = _rewritten({path: data or b"" for path, data in files.items()}, new)
            for path, entry in entries.items():
                place = task_path(new, *path.split("/"))
                if path in written:
                    yield Write(place, written[path].encode())
                else:
                    yield Keep(place, entry.mode, entry.oid)


def _copy_missing(source: str, target: str) -> None:
    if not Path(target).exists():
        shutil.copy2(source, target)


def _files(folder: Path) -> dict[str, bytes]:
    """The definition and the executions in a folder, as far as they can be read."""
    found = {}
    for path in (folder / TASK_FILE, *sorted((folder / EXECUTIONS).glob("*.yaml"))):
        if path.is_file() and not path.is_symlink():
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def _rewritten(files: Mapping[str, bytes], new: str) -> dict[str, str]:
    """What files that say the id of their task say under the new one."""
    made: dict[str, str] = {}
    for path, data in files.items():
        read = read_folder({path: data})
        if isinstance(read.task, Task):
            aliases = (*read.task.aliases, read.task.id)
            task = read.task.model_copy(update={"id": new, "aliases": aliases})
            made[path] = dump_yaml(task.to_facts())
        for execution in read.executions:
            moved: Execution = execution.model_copy(update={"task": new})
            made[path] = dump_yaml(moved.to_facts())
    return made

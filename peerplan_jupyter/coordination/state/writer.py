"""Writing states: each change is one commit on this writer's own branch."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import filelock

from ...errors import GitError, InvalidInputError, StorageError
from ...git.commit_writer import CommitWriter
from ...git.fast_import import Change, NewCommit, Write
from ...git.loose import write_loose
from ...git.objects import ObjectReader
from ...git.repository import Place, Signature
from ..dead_locks import drop_dead_locks
from ..naming import BRANCH_PREFIX, TaskId
from ..person import Person
from ..project import Project
from ..tasks.execution import Execution
from ..tasks.plan import TaskPlan
from ..tasks.task import Task, now
from ..yamlfile import dump_yaml
from .changes import CHANGEABLE, FieldChange, changes_facts, parse_changes
from .layout import (
    ALONE,
    CHANGES_FILE,
    EXECUTIONS,
    PLAN_FILE,
    TASK_FILE,
    Tip,
    message,
    state_folder,
    task_path,
    tips,
    writer_name,
)
from .publishing import TIMEOUT, Published, StatePublisher

PATIENCE = 30.0
TRIES = 10
TEMPORARY = "refs/orc/tmp"


@dataclass(frozen=True)
class Recorded:
    """A change that is kept here."""

    commit: str
    clock: int
    """The time on the team's clock; an execution's `lamport`."""
    parents: tuple[str, ...] = ()
    """What it was made on."""


class StateWriter:
    """The branch of one person on one machine. Nothing else of the repository is touched.

    What is recorded is kept in this clone, and sent to the remote by `publish`.
    """

    def __init__(
        self,
        project: Project,
        person: Person,
        *,
        remote: str | None = "origin",
        timeout: float = TIMEOUT,
        branch_prefix: str = BRANCH_PREFIX,
    ) -> None:
        self.project = project
        self.person = person
        self.name = writer_name(person.tag, person.machine)
        self.branch_prefix = branch_prefix
        self.branch = f"{state_folder(branch_prefix)}/{self.name}"
        self.ref = f"refs/heads/{self.branch}"
        self._place = Place(project.runner)
        self._publisher = StatePublisher(self, remote, timeout)

    def prepare(self) -> Place:
        """Begin to read git's configuration as it is now, which recording and sending need; what is
        returned has it, too.
        """
        self._place = self._publisher.place = Place(self.project.runner)
        self._place.prepare()
        return self._place

    def publish(self) -> Published:
        """Send all that was recorded, within the time limit.

        Where the remote refuses or does not answer, it stays here, that is said once, and the next
        call tries again: no error is raised for it.
        """
        return self._publisher.publish()

    def record(
        self,
        task: TaskId | str,
        what: str,
        *,
        definition: Task | None = None,
        plan: TaskPlan | None = None,
        execution: Execution | None = None,
        changes: Mapping[str, str] | None = None,
    ) -> Recorded:
        """Keep what is given of a task in one commit that says `[orc] <task>: <what>`.

        `definition` and `plan` are for who made the task, `execution` is this person's, and gets
        the time as its `lamport`; `changes` sets fields of a task that anybody made, and the last
        to set one holds.

        Raises `InvalidInputError` for fields that cannot be set and where a branch is in the way,
        `GitError` where the branch is checked out, and `StorageError`.
        """
        if wrong := set(changes or {}) - CHANGEABLE:
            raise InvalidInputError(
                f"{', '.join(sorted(wrong))[:200]} of a task cannot be changed.",
                hint=f"What can: {', '.join(sorted(CHANGEABLE))}.",
            )
        with self.alone():
            for _ in range(TRIES):
                known = self.known()
                clock = max((tip.clock for tip in known), default=0) + 1
                files = _files(clock, definition, plan, execution)
                if changes:
                    files[CHANGES_FILE] = self._changed(task, clock, known, changes)
                written = [
                    Write(task_path(task, *name.split("/")), dump_yaml(facts).encode())
                    for name, facts in files.items()
                ]
                parents = self.parents(known)
                commit = self.commit(parents, written, message(task, what, clock))
                if commit:
                    if execution:
                        execution.lamport = clock
                    return Recorded(commit, clock, tuple(parents))
                drop_dead_locks(self.project.common_dir / f"{self.ref}.lock")
        raise GitError(f"The branch {self.branch} could not be moved: something else moves it.")

    def known(self) -> list[Tip]:
        """All states that this clone has or knows of."""
        known = tips(self.project.runner, self.branch_prefix)
        folder = f"refs/heads/{state_folder(self.branch_prefix)}"
        if any(tip.ref == folder for tip in known):
            raise InvalidInputError(
                f"The branch {folder.removeprefix('refs/heads/')} is in the way of those below it.",
                hint="Rename it, or set git.branch_prefix.",
            )
        return known

    def commit(self, parents: Sequence[str], changes: Sequence[Change], said: str) -> str | None:
        """Move the branch to a new commit on `parents`; None when something else moved it."""
        self._check_free()
        author = Signature(self.person.display_name, self.person.email)
        commit = NewCommit(parents, changes, said, author)
        # Only one process at a time has one: what is there was left by a killed one.
        left = self._place.loose_refs(TEMPORARY)
        if made := self._committed(commit, left):
            return made
        with CommitWriter(self._place) as writer:
            made = writer.write(commit, f"{TEMPORARY}/{secrets.token_hex(13)}")
            writer.move({**dict.fromkeys(left), self.ref: made})
            return made if writer.end() else None

    def _committed(self, commit: NewCommit, left: Sequence[str]) -> str | None:
        """Make the commit without `git fast-import`, where it is simple and the branch is where its
        parent is. Files that git is told to flush to the disk are left to git.
        """
        if self._place.config("core.fsync") or self._place.config("core.fsyncobjectfiles"):
            return None
        made = write_loose(self.project.common_dir, commit)
        if made is None:
            return None
        gone = [f"delete {ref}" for ref in left]
        moved = self._place.update_refs([f"update {self.ref} {made} {commit.parents[0]}", *gone])
        return made if moved.status == 0 else None

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Only one process of the clone records at a time."""
        place = self.project.state / "state.lock"
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(place, PATIENCE, poll_interval=0.002)
            lock.acquire()
        except filelock.Timeout:
            raise StorageError(f"Another process has held {place} for {PATIENCE:g} s.") from None
        except OSError as error:
            raise StorageError(f"{place} cannot be used: {error.strerror or error}.") from None
        try:
            yield
        finally:
            lock.release()

    def parents(self, known: Sequence[Tip]) -> list[str]:
        """Our tip; in a new clone, what the remote has of ours."""
        mine = [tip for tip in known if tip.writer == self.name]
        mine.sort(key=lambda tip: (tip.is_local, tip.clock))
        return [tip.commit for tip in mine[-1:]]

    def _changed(
        self, task: TaskId | str, clock: int, known: Sequence[Tip], changes: Mapping[str, str]
    ) -> dict[str, Any]:
        """All fields that this writer changed, these and those from before."""
        moment, who = now(), self.person.display_name
        fresh = {name: FieldChange(text, clock, moment, who) for name, text in changes.items()}
        path = task_path(task, CHANGES_FILE)
        with ObjectReader(self.project.runner) as objects:
            for commit in self.parents(known):
                if data := objects.blob(f"{commit}:{path}"):
                    fresh = {**parse_changes(data, f"{self.branch}:{path}"), **fresh}
        return changes_facts(fresh)

    def _check_free(self) -> None:
        """Moving a branch that is checked out would change what its work tree seems to have."""
        heads = [self.project.common_dir / "HEAD"]
        heads += sorted((self.project.common_dir / "worktrees").glob("*/HEAD"))
        for head in heads:
            with contextlib.suppress(OSError):
                if head.read_text("utf-8", "replace").strip() == f"ref: {self.ref}":
                    raise GitError(
                        f"The branch {self.branch} is checked out ({head.parent}).",
                        hint="Check out another branch there: orc writes to it.",
                    )


def _files(
    clock: int, definition: Task | None, plan: TaskPlan | None, execution: Execution | None
) -> dict[str, Mapping[str, Any]]:
    files: dict[str, Mapping[str, Any]] = {}
    if definition:
        files[TASK_FILE] = definition.to_facts()
    if plan:
        files[PLAN_FILE] = plan.to_facts()
    if execution:
        facts = {**execution.to_facts(), "lamport": clock}
        files[f"{EXECUTIONS}/{execution.tag or ALONE}.yaml"] = facts
    return files

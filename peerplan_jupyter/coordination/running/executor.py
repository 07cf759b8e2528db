"""Running a task: its worktree, its phases in order, and what is left when it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...errors import GitError, InvalidInputError, PeerPlanError, UnreachableError
from ..config.schema import GateType, Mode
from ..gates.ai import AiGate
from ..gates.case import Gate, stricter
from ..gates.choosing import gate_of
from ..known import task_to_run
from ..locks.guard import Run, RunGuard
from ..naming import TaskId, branch_name, checked_tag, run_name
from ..tasks.execution import Execution, ExecutionStatus, PhaseStatus
from ..tasks.plan import Phase, TaskPlan
from ..tasks.task import Task, now
from ..workspace import OrcWorkspace
from ..worktrees.keeper import Got, Origin, Worktrees
from ..worktrees.preflight import base_commit
from ..worktrees.remote_branch import RemoteBranch
from .command import command_of
from .consent import Confirm, agree, join
from .done import (
    SUFFIXES,
    cleaned_up,
    done_elsewhere,
    how_to_run_it_again,
    is_done,
    left_to_run,
    somebody_is_done,
    yours_is_done,
)
from .elsewhere import Elsewhere
from .events import Event, Tell, warning
from .job import Job, mark_of
from .leases import Leases
from .leftovers import end_leftovers
from .materialising import materialise
from .notifier import Notifier, Telling
from .phases import PhaseRunner
from .record import Record, Sink, record_path
from .signals import stoppable
from .transcript import Show

_ends = {
    PhaseStatus.WAITING: ExecutionStatus.WAITING,
    PhaseStatus.CHANGES_REQUESTED: ExecutionStatus.FAILED,
    PhaseStatus.FAILED: ExecutionStatus.FAILED,
}


@dataclass(frozen=True)
class Options:
    """What the person asked for with a run."""

    base: str = ""
    """What a new branch begins at; by default what is checked out."""
    suffix: str = ""
    """Runs the task on one more branch, `orc/TASK-AM-005-am-2` for `2`."""
    takeover: bool = False
    """Goes on from what another machine of the same person pushed."""


@dataclass(frozen=True)
class Company:
    """Who takes part in a run besides the person: all may be missing."""

    confirm: Confirm | None = None
    show: Show | None = None
    sink: Sink | None = None
    notifier: Notifier | None = None


@dataclass(frozen=True)
class _Wanted:
    id: TaskId
    task: Task
    plan: TaskPlan
    tag: str
    options: Options
    elsewhere: Elsewhere


class Executor:
    """Runs tasks of a workspace as its person.

    Whatever ends a run, the next goes on from its record: nothing is done twice that was done, and
    what was in the worktree is kept.
    """

    def __init__(
        self,
        workspace: OrcWorkspace,
        tell: Tell,
        human: Callable[[Job], Gate],
        company: Company | None = None,
    ) -> None:
        self._workspace = workspace
        self._tell = tell
        self._human = human
        self._with = company or Company()

    def run(self, task: TaskId, options: Options | None = None) -> Execution:
        """Run the phases of a task that have not passed, until one does not, or none is left.

        Raises `NotFoundError` where there is no such task, or no such commit to begin at,
        `AlreadyRunningError` when the same person runs it now, `LeasedError` and
        `UntrustedError` where the person does not agree, and what gets in the way of the worktree,
        of commands and of gates. Then the record says `failed`; after a signal it says `stopped`,
        or `waiting` where people were waited for.
        """
        options = options or Options()
        if options.base:
            base_commit(self._workspace.project, options.base)
        found, plan = task_to_run(self._workspace, task)
        tag, elsewhere = self._tag(options.suffix), Elsewhere(self._workspace, found)
        wanted = _Wanted(TaskId.parse(found.id), found, plan, tag, options, elsewhere)
        if (done := self._done_before(wanted)) is not None:
            return done
        self._check(left_to_run(self._workspace.project, wanted.id, tag, plan))
        agree(self._workspace, wanted.id, plan, self._with.confirm)
        guard = RunGuard(self._workspace.project.state / "run", str(wanted.id), wanted.tag)
        left = guard.acquire()
        try:
            with stoppable():
                self._after_a_crash(left, wanted)
                return self._leased(wanted)
        finally:
            guard.release()

    def _leased(self, wanted: _Wanted) -> Execution:
        with Leases(self._workspace, wanted.id, wanted.tag, self._tell) as leases:
            enforced = leases.is_enforced
            join(wanted.id, leases.take(), self._with.confirm, enforced=enforced)
            with self._begun(wanted) as job:
                self._go(job)
            return job.execution

    def _done_before(self, wanted: _Wanted) -> Execution | None:
        """A run that is done is not made anew only to find that nothing of it is left to do."""
        if wanted.options.takeover:
            return None
        return self._cleaned_up(wanted) or self._done_elsewhere(wanted)

    def _cleaned_up(self, wanted: _Wanted) -> Execution | None:
        workspace, prefix = self._workspace, self._workspace.config.git.branch_prefix
        done = cleaned_up(workspace.project, wanted.id, wanted.tag, wanted.plan, prefix)
        if done is not None:
            again = how_to_run_it_again(workspace.project, wanted.id, self._tag)
            branch = branch_name(wanted.id, wanted.tag, prefix)
            text = f"{wanted.id} is completed, and {branch} was taken away since. {again}"
            self._tell(_ended(text, done, wanted.id))
        return done

    def _done_elsewhere(self, wanted: _Wanted) -> Execution | None:
        """What somebody else completed can be run as well, by who wants that."""
        project = self._workspace.project
        if record_path(project, wanted.id, wanted.tag).exists():
            return None
        mine, theirs = done_elsewhere(wanted.elsewhere, wanted.tag, wanted.plan)
        if mine is not None:
            again = how_to_run_it_again(project, wanted.id, self._tag)
            self._tell(_ended(f"{yours_is_done(mine)} {again}", mine, wanted.id))
            return mine
        if not theirs or wanted.options.suffix:
            return None
        self._tell(warning(somebody_is_done(theirs)))
        if self._with.confirm is None or self._with.confirm("Run it on a branch of yours too?"):
            return None
        self._tell(_ended(f"{wanted.id}: nothing was run.", theirs[0], wanted.id))
        return theirs[0]

    def _tag(self, suffix: str) -> str:
        mode = self._workspace.resolved.mode
        match mode:
            case Mode.SOLO:
                tag = ""
            case Mode.P2P | Mode.TEAM:
                tag = self._workspace.person.tag
            case _:
                raise InvalidInputError(f"unknown mode: {mode}")
        if not suffix:
            return tag
        if suffix not in SUFFIXES:
            raise InvalidInputError(
                f"{suffix[:40]!r} is no suffix.", hint=f"One of {', '.join(SUFFIXES)}."
            )
        return checked_tag(f"{tag or 'solo'}-{suffix}")

    def _check(self, phases: list[Phase]) -> None:
        """What a later phase needs is missed before the first begins."""
        config = self._workspace.config
        for phase in phases:
            command_of(config, phase)
            if stricter(phase, config) is GateType.AI:
                AiGate(config).check()

    def _after_a_crash(self, left: Run | None, wanted: _Wanted) -> None:
        if left is None:
            return
        self._tell(warning(f"The last run {left.told()} ended without a word; this one goes on."))
        if ended := end_leftovers(mark_of(self._workspace, wanted.id, wanted.tag)):
            self._tell(warning(f"{ended} processes that it had left running were ended."))

    @contextlib.contextmanager
    def _begun(self, wanted: _Wanted) -> Iterator[Job]:
        with Telling(self._with.notifier, self._tell) as telling:
            job = self._job(wanted, telling)
            telling.start(job.task, job.execution)
            try:
                yield job
            except KeyboardInterrupt:
                self._end(job, _after_a_signal(job))
                raise
            except PeerPlanError as error:
                job.execution.warnings = [*job.execution.warnings, error.message[:2000]][-50:]
                self._end(job, ExecutionStatus.FAILED)
                raise

    def _job(self, wanted: _Wanted, telling: Telling) -> Job:
        workspace, task, tag = self._workspace, wanted.id, wanted.tag
        config = workspace.config
        branch = branch_name(task, tag, config.git.branch_prefix)
        remote, tip = self._remote(branch)
        keeper = Worktrees(workspace.project, workspace.worktrees, config.git.branch_prefix)
        got = keeper.get(task, tag, remote_tip=tip, base=wanted.options.base or "HEAD")
        record = Record(workspace.project, task, tag, self._with.sink)
        job = Job(
            workspace=workspace,
            id=task,
            task=wanted.task,
            plan=wanted.plan,
            tag=tag,
            worktree=got.worktree,
            execution=self._execution(record, wanted, branch, is_elsewhere=tip is not None),
            record=record,
            tell=self._tell,
            telling=telling,
            remote=remote,
            show=self._with.show,
        )
        self._told(job, got, wanted.options.base)
        if remote is not None and tip is not None:
            for note in remote.follow(got.worktree, tip, takeover=wanted.options.takeover):
                job.warn(note)
        return job

    def _execution(
        self, record: Record, wanted: _Wanted, branch: str, *, is_elsewhere: bool
    ) -> Execution:
        """The record here, or that of the machine whose work goes on here."""
        person = self._workspace.person
        found = record.load()
        if is_elsewhere and (found is None or wanted.options.takeover):
            found = wanted.elsewhere.own(wanted.tag) or found
        execution = found or Execution(task=str(wanted.id), tag=wanted.tag, started=now())
        execution.machine, execution.executor = person.machine, person.display_name
        execution.branch = branch
        return execution

    def _told(self, job: Job, got: Got, base: str) -> None:
        for note in got.warnings:
            job.warn(note)
        path, branch = got.worktree.path, got.worktree.branch
        if base and got.origin is not Origin.NEW:
            self._tell(warning(_unused(base, branch)))
        job.say(
            "worktree",
            f"Working in {path} on {branch}.",
            path=str(path),
            branch=branch,
            origin=got.origin.value,
        )

    def _remote(self, branch: str) -> tuple[RemoteBranch | None, str | None]:
        """Where the branch is pushed to, and what is there now; neither alone, nor offline."""
        workspace = self._workspace
        if workspace.resolved.mode is Mode.SOLO:
            return None, None
        remote = RemoteBranch.of(workspace.project, workspace.config.git.remote, branch)
        if remote is None:
            return None, None
        try:
            return remote, remote.fetch(workspace.config.git.fetch_timeout)
        except (GitError, UnreachableError) as error:
            self._tell(warning(f"The remote was not asked: {error.message} Work goes on."))
            return remote, remote.known()

    def _go(self, job: Job) -> None:
        if is_done(job.execution, job.plan):
            again = how_to_run_it_again(job.workspace.project, job.id, self._tag)
            job.say("done", f"No phase of {job.id} is left to run. {again}")
        job.execution.status = ExecutionStatus.RUNNING
        job.save("running")
        materialise(job)
        job.push()
        for phase in job.plan.phases:
            if job.phase(phase.name).status is PhaseStatus.PASSED:
                continue
            kind = stricter(phase, job.workspace.config)
            gate = gate_of(kind, job.workspace.config, lambda: self._human(job))
            status = PhaseRunner(job, phase, gate).run()
            job.push()
            if status is not PhaseStatus.PASSED:
                self._end(job, _ends[status])
                return
        self._end(job, ExecutionStatus.COMPLETED)
        job.push()

    def _end(self, job: Job, status: ExecutionStatus) -> None:
        job.execution.status = status
        phase = f"{job.execution.phase} " if job.execution.phase else ""
        what = status if status is ExecutionStatus.COMPLETED else f"{phase}{status}"
        job.save(what)
        self._tell(_ended(f"{job.id}: {what}.", job.execution, job.id))


def _ended(text: str, execution: Execution, task: TaskId) -> Event:
    facts = {
        "task": str(task),
        "status": execution.status.value,
        "phase": execution.phase,
        "cost": execution.cost,
        "run": run_name(task, execution.tag),
    }
    return Event("ended", text, facts)


def _unused(base: str, branch: str) -> str:
    return (
        f"--base {base[:100]} is not used: {branch} was there, and goes on from where it is. "
        "--suffix runs the task on one more branch of yours."
    )


def _after_a_signal(job: Job) -> ExecutionStatus:
    name = job.execution.phase
    waiting = bool(name) and job.phase(name).status is PhaseStatus.WAITING
    return ExecutionStatus.WAITING if waiting else ExecutionStatus.STOPPED

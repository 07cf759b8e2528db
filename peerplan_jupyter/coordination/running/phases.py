"""Bringing one phase to its end: attempts, until its gate lets it pass."""

from __future__ import annotations

from pathlib import Path

from ...errors import PeerPlanError
from ..config.schema import GateType
from ..gates.case import CHANGES_REQUESTED, FAILED, PASSED, WAITING, Case, Gate, stricter
from ..tasks.execution import Attempt, ExecutionStatus, GateResult, PhaseRun, PhaseStatus
from ..tasks.plan import Phase
from ..tasks.task import now
from ..worktrees.base import fork_point
from ..worktrees.rescue import rescue_files
from ..yamlfile import write_atomically
from .child import run_shell
from .command import command_of, filled
from .consent import agreed_prompt
from .cost import TAIL, cost_in
from .job import Job, values_of
from .prompt import Assignment, compose
from .transcript import Transcript

_statuses = {
    PASSED: PhaseStatus.PASSED,
    CHANGES_REQUESTED: PhaseStatus.CHANGES_REQUESTED,
    WAITING: PhaseStatus.WAITING,
    FAILED: PhaseStatus.FAILED,
}


class PhaseRunner:
    """Runs a phase of a job. What is on record of it already is not done again: an attempt that
    ended goes to the gate, one that did not is followed by another, which goes on from its files.
    """

    def __init__(self, job: Job, phase: Phase, gate: Gate) -> None:
        self._job = job
        self._phase = phase
        self._gate = gate
        self._entry: PhaseRun = job.phase(phase.name)
        self._kind = stricter(phase, job.workspace.config)

    def run(self) -> PhaseStatus:
        """The phase's status in the end; `WAITING` and `CHANGES_REQUESTED` are ends too, for
        this run of the task.
        """
        for _ in range(self._job.workspace.config.run.max_attempts):
            attempt = self._unjudged() or self._carry_out()
            if attempt.exit_code != 0:
                return self._settle(PhaseStatus.FAILED)
            self._commit(attempt)
            status = self._judge(attempt)
            if status is not PhaseStatus.CHANGES_REQUESTED:
                return status
        return PhaseStatus.CHANGES_REQUESTED

    def _unjudged(self) -> Attempt | None:
        """The last attempt, where it ended well and its gate has not decided."""
        last = self._entry.attempts[-1] if self._entry.attempts else None
        if last is None or not last.ended or last.exit_code != 0:
            return None
        return last if last.gate is None or last.gate.verdict in {WAITING, FAILED} else None

    def _carry_out(self) -> Attempt:
        before = self._before()
        attempt = Attempt(number=len(self._entry.attempts) + 1, started=now())
        transcript = self._job.folder / f"{self._job.file_name(self._phase, attempt)}.log"
        attempt.transcript = f"{transcript.parent.name}/{transcript.name}"
        command = self._command(attempt, before)
        self._entry.attempts = [*self._entry.attempts, attempt]
        self._settle(PhaseStatus.RUNNING)
        self._job.say(
            "attempt",
            f"{self._phase.name}, attempt {attempt.number}: {command[:300]}",
            phase=self._phase.name,
            attempt=attempt.number,
            transcript=str(transcript),
        )
        self._execute(command, transcript, attempt)
        return attempt

    def _before(self) -> Attempt | None:
        """The attempt before the one that begins. What it left uncommitted is in the worktree, and
        is kept in a ref too, since the next may do away with it.
        """
        if kept := rescue_files(self._job.worktree):
            self._job.say("rescued", f"What was not committed is kept in {kept.ref}, too.")
        last = self._entry.attempts[-1] if self._entry.attempts else None
        if last is not None and not last.ended:
            last.ended = now()
        return last

    def _command(self, attempt: Attempt, before: Attempt | None) -> str:
        """The command line, once its prompt file is written."""
        job, phase = self._job, self._phase
        place = job.folder / f"{job.file_name(phase, attempt)}.prompt.md"
        prompt = agreed_prompt(job.workspace, phase)
        assignment = Assignment(
            job.task, phase, attempt.number, job.worktree.branch, job.worktree.path, before
        )
        write_atomically(place, compose(prompt, assignment, job.workspace.config))
        return filled(command_of(job.workspace.config, phase), values_of(job, phase, place))

    def _execute(self, command: str, path: Path, attempt: Attempt) -> None:
        job, prompt = self._job, path.with_name(f"{path.stem}.prompt.md")
        values = {**values_of(job, self._phase, prompt), "attempt": str(attempt.number)}
        with Transcript(path, job.show) as transcript:
            transcript.say(f"# {job.id} {self._phase.name}, attempt {attempt.number}: {command}")
            timeout = job.workspace.config.run.timeout_seconds
            folder, environment = job.worktree.path, job.environment(**values)
            ended = run_shell(command, folder, environment, transcript.write, timeout)
            attempt.cost = cost_in(transcript.tail(TAIL))
            said = "was ended by its time limit" if ended.timed_out else "ended"
            transcript.say(f"\n# {said} with {ended.exit_code} after {ended.seconds:.1f} s")
        attempt.exit_code, attempt.duration = ended.exit_code, round(ended.seconds, 3)
        attempt.ended = now()
        job.save(f"{self._phase.name} {'carried out' if ended.exit_code == 0 else 'failed'}")
        self._told(attempt)

    def _told(self, attempt: Attempt) -> None:
        job, cost, limit = self._job, self._job.execution.cost, self._job.workspace.config.cost
        paid = f", {attempt.cost:.2f} USD" if attempt.cost is not None else ""
        job.say(
            "attempt_ended",
            f"{self._phase.name} ended with {attempt.exit_code} after {attempt.duration} s{paid}.",
            phase=self._phase.name,
            attempt=attempt.number,
            exit_code=attempt.exit_code,
            duration=attempt.duration,
            cost=attempt.cost,
        )
        if cost is not None and limit.warn_per_task is not None and cost > limit.warn_per_task:
            job.warn(f"The task has cost more than {limit.warn_per_task:.2f} USD. It goes on.")

    def _commit(self, attempt: Attempt) -> None:
        """Before the gate: what it decides about must be what is there afterwards."""
        word = PASSED if self._kind is GateType.AUTO else f"attempt {attempt.number}"
        self._job.commit(f"{self._phase.name} {word}")
        if self._kind is not GateType.AUTO:
            self._job.push()

    def _judge(self, attempt: Attempt) -> PhaseStatus:
        def waits(result: GateResult) -> None:
            attempt.gate = result
            self._settle(PhaseStatus.WAITING)
            self._said(result)

        try:
            attempt.gate = self._gate.judge(self._case(attempt), waits)
        except PeerPlanError as error:
            self._job.warn(f"The gate of {self._phase.name} did not decide: {error.message}")
            raise
        status = self._settle(_statuses[attempt.gate.verdict])
        if status is not PhaseStatus.WAITING:
            self._said(attempt.gate)
        return status

    def _case(self, attempt: Attempt) -> Case:
        job = self._job
        remote = job.workspace.config.git.remote
        name = job.file_name(self._phase, attempt)
        return Case(
            task=job.task,
            plan=job.plan,
            phase=self._phase,
            attempt=attempt,
            execution=job.execution,
            worktree=job.worktree,
            base=fork_point(job.workspace.project, job.worktree, remote),
            transcript=job.folder / f"{name}.log",
            folder=job.folder,
            name=name,
            environment=job.environment(phase=self._phase.name, task=str(job.id)),
        )

    def _settle(self, status: PhaseStatus) -> PhaseStatus:
        """Keep the phase's status; while its gate waits for people, the run waits."""
        waits = status is PhaseStatus.WAITING
        self._job.execution.status = ExecutionStatus.WAITING if waits else ExecutionStatus.RUNNING
        self._entry.status = status
        self._job.execution.phase = self._phase.name
        self._job.save(f"{self._phase.name} {status}")
        return status

    def _said(self, result: GateResult) -> None:
        by = f" by {', '.join(result.by)}" if result.by else ""
        self._job.say(
            "gate",
            f"{self._phase.name}: {result.verdict.replace('_', ' ')}{by} ({result.type} gate).",
            phase=self._phase.name,
            **result.model_dump(mode="json"),
        )

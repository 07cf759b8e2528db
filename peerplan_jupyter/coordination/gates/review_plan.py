"""The plan that a run of a task is reviewed as: one for the whole run, a revision per attempt."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ...errors import NotFoundError
from ...plan.document import PlanDocument
from ...plan.operations import CreatePlan, NewStep, Operation, parse_operation
from ...plan.schema import MAX_CONTENT, Actor, Artifact, Revision, StepStatus
from ...review.feedback import FeedbackItem, all_feedback
from ...review.fence import clean, one_line
from ...review.receipts import note_read
from ...review.threads import inside, threads
from ...review.workspace import Workspace
from ...sync.plans import Plans
from ..naming import TaskId, run_name
from .case import Case
from .evidence import Exhibit

AGENT = "orc"
REPLACED = "Something newer is here."
T = TypeVar("T")


def plan_id_of(case: Case, project: Path) -> str:
    """The id of the plan of a run: always the same in one clone, so that a run that was ended in
    the middle finds it; another one elsewhere, since two documents of one id do not mix.
    """
    where = hashlib.sha256(f"{case.execution.machine}\0{project}\0{case.task.uid}".encode())
    name = run_name(TaskId.parse(case.task.id), case.execution.tag)
    return f"{name}-{where.hexdigest()[:8]}".lower()


class ReviewPlan:
    """A run's plan in the workspace of this user, written by an agent: people approve, and the
    person who runs the task can be one of them.
    """

    def __init__(self, workspace: Workspace, plan_id: str) -> None:
        self.workspace = workspace
        self.id = plan_id
        self.actor: Actor = workspace.actor("agent", AGENT, AGENT)

    def ensure(self, case: Case, root: Path, remote: str) -> None:
        """Begin the plan if it is not there yet, and see to it that it is published from `root`:
        who began it may have been killed before that was written down.
        """
        try:
            self.workspace.run(self.workspace.find(self.id))
            self.workspace.run(self.workspace.bind(self.id, root, remote))
        except NotFoundError:
            steps = [
                NewStep(
                    id=phase.name,
                    title=phase.name.replace("_", " ").capitalize(),
                    criteria=[one_line(one, 1000) for one in phase.criteria[:50]],
                )
                for phase in case.plan.phases
            ]
            made = CreatePlan(
                actor=self.actor,
                plan_id=self.id,
                title=one_line(f"{case.task.id}: {case.task.title}", 300),
                content=clean(case.task.description, MAX_CONTENT - 200),
                steps=steps,
                branch=case.worktree.branch,
            )
            self.workspace.run(self.workspace.create(made, root, remote))

    def show(self, case: Case, evidence: Sequence[Exhibit]) -> None:
        """Attach the evidence, and take back that of earlier attempts at the phase. Of what is
        there already, only the change is looked at again.
        """
        shown = self._read(lambda plan: _shown(plan, case.phase.name, self.actor.id))
        names = {one.name for one in evidence}
        known = {one.name for one in shown}
        wanted = {one.name: one for one in evidence if one.name not in known or one.kind == "diff"}
        for one in shown:
            if one.name in wanted and one.hash == wanted[one.name].hash:
                del wanted[one.name]
            elif one.name in wanted or one.name not in names:
                self._submit(op="withdraw_artifact", artifactId=one.id, reason=REPLACED)
        for exhibit in wanted.values():
            self._attach(exhibit, case.phase.name)

    def ask(self, note: str) -> bool:
        """Ask for reviews of the plan as it is, unless they were asked for already; whether that
        was not so.
        """
        if not self.is_edited():
            return False
        self._submit(op="request_review", note=note)
        return True

    def is_edited(self) -> bool:
        """Whether it is not what people were asked about last."""
        return self._read(lambda plan: plan.revision is None or plan.revision.digest != plan.digest)

    def mark(self, step: str, status: StepStatus) -> None:
        """Say how far a phase is, which keeps approvals."""
        known = self._read(lambda plan: {one.id: one.status for one in plan.steps})
        if known.get(step, status) != status:
            self._submit(op="update_step", stepId=step, status=status)

    def status(self) -> str:
        """The status that follows from the reviews of the current revision."""
        return self._read(lambda plan: plan.standing.status)

    def digest(self) -> str:
        """The digest of the plan as it is now."""
        return self._read(lambda plan: plan.digest)

    def revision(self) -> Revision | None:
        """The current revision."""
        return self._read(lambda plan: plan.revision)

    def approvers(self) -> list[str]:
        """The names of the people whose approvals count."""
        return self._read(_approvers)

    def objectors(self) -> list[str]:
        """The names of those who asked for changes of the current revision."""
        return self._read(_objectors)

    def feedback(self) -> str:
        """All that still wants an answer, in words; people see that it was read."""

        def read(plans: Plans) -> list[FeedbackItem]:
            items = [one for one in all_feedback(plans.get(self.id)) if not one.addressed]
            note_read(plans, self.id, self.actor, items)
            return items

        return "\n\n".join(map(_words, self.workspace.peer.call(read)))

    def _attach(self, exhibit: Exhibit, step: str) -> None:
        taking = self.workspace.attach(
            self.id,
            self.actor,
            exhibit.content,
            name=exhibit.name,
            kind=exhibit.kind,
            step=step,
            caption=exhibit.caption,
        )
        self.workspace.run(taking)

    def _submit(self, **wire: object) -> None:
        operation: Operation = parse_operation(wire, self.actor)
        self.workspace.run(self.workspace.submit(self.id, operation))

    def _read(self, function: Callable[[PlanDocument], T]) -> T:
        """What `function` reads off the plan, with what other processes wrote."""

        def read(plans: Plans) -> T:
            plans.poll()
            return function(plans.get(self.id))

        return self.workspace.peer.call(read)


def _shown(plan: PlanDocument, step: str, author: str) -> list[Artifact]:
    found = plan.artifacts.values()
    return [
        one for one in found if not one.withdrawn and (one.step_id, one.author) == (step, author)
    ]


def _approvers(plan: PlanDocument) -> list[str]:
    given = plan.standing.approval.given if plan.standing.approval else []
    return [_name(plan, plan.reviews[one].author) for one in given]


def _objectors(plan: PlanDocument) -> list[str]:
    current = plan.revision.id if plan.revision else ""
    return [
        _name(plan, one.author)
        for one in plan.reviews.values()
        if one.verdict == "changes_requested" and not one.withdrawn and one.revision == current
    ]


def _words(item: FeedbackItem) -> str:
    [thread] = threads([item])
    return f"{item.kind}, {item.type}\n{inside(thread)}"


def _name(plan: PlanDocument, key: str) -> str:
    known = plan.identities.get(key)
    return one_line(known.name if known else key[:24], 60)

"""The gate at which people decide: a review of the run's plan, wherever they see it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ...errors import GitError, PeerPlanError, UnreachableError
from ...review.receiving import Receiver
from ...review.workspace import Workspace
from ..config.schema import Config, GateType
from ..project import Project
from ..tasks.execution import GateResult
from .case import CHANGES_REQUESTED, PASSED, WAITING, Case
from .evidence import exhibits
from .review_plan import ReviewPlan, plan_id_of

SOONEST, LATEST = 2.0, 20.0
"""Seconds between two looks at the plan branch of the remote: ever more, the longer it takes."""
NAP = 2.0
QUIET = 3.0
"""Seconds without a change after which an edited plan is asked about anew."""
Say = Callable[..., None]


class HumanGate:
    """Publishes the run's plan with the evidence of the attempt, asks for reviews, and waits until
    the plan's approval policy is met, or changes are requested. No agent's approval counts.

    A verdict arrives through the journal that this user's notebooks and Jupyter server share, and
    through the plan branch of the remote, which is looked at every few seconds.
    """

    def __init__(self, project: Project, config: Config, say: Say, *, wait: bool = True) -> None:
        self._project = project
        self._config = config
        self._say = say
        self._wait = wait

    def judge(self, case: Case, waits: Callable[[GateResult], None]) -> GateResult:
        """The verdict of people; `waiting` at once where they shall not be waited for."""
        with Workspace(here=self._project.root) as workspace:
            plan = ReviewPlan(workspace, plan_id_of(case, self._project.root))
            plan.ensure(case, self._project.root, self._config.git.remote)
            review = _Review(plan, case, self._config, self._say)
            review.present()
            waits(review.result(WAITING))
            review.invite()
            if not self._wait:
                review.look()
                return review.verdict() or review.result(WAITING)
            return review.wait()


class _Review:
    """One wait for people."""

    def __init__(self, plan: ReviewPlan, case: Case, config: Config, say: Say) -> None:
        self._plan = plan
        self._case = case
        self._config = config
        self._say = say
        self._receiver = Receiver(plan.workspace, plan.id)
        self._began = time.monotonic()
        self._looked = 0.0
        self._edited: tuple[str, float] | None = None
        self._is_published = False

    def present(self) -> None:
        """Attach the evidence, and freeze a revision for it."""
        case = self._case
        self._plan.mark(case.phase.name, "in_progress")
        self._plan.show(case, exhibits(case, self._config.run.results))
        self._plan.ask(f"{case.phase.name}, attempt {case.attempt.number}")
        self._publish()

    def invite(self) -> None:
        """Say where the review is."""
        revision = self._plan.revision()
        number = revision.number if revision else None
        self._say(
            "review_requested",
            f"Waiting for people to review {self._plan.id} (r{number}): in JupyterLab, in a "
            f"notebook, or by `peerplan open {self._plan.id}`.",
            phase=self._case.phase.name,
            plan=self._plan.id,
            revision=number,
        )

    def wait(self) -> GateResult:
        """The verdict, when there is one; ended from outside by an exception only."""
        cursor = ""
        while True:
            if self._is_due():
                self.look()
            if verdict := self.verdict():
                return verdict
            feed = self._plan.workspace.feed
            found = self._plan.workspace.run(
                feed.wait(self._plan.id, cursor, self._plan.actor.id, NAP)
            )
            cursor = found.cursor
            self._ask_again()

    def _is_due(self) -> bool:
        now = time.monotonic()
        pause = min(max((now - self._began) / 10, SOONEST), LATEST)
        return now - self._looked >= pause

    def look(self) -> None:
        """Bring in what others published, and publish what could not be published before."""
        self._looked = time.monotonic()
        if not self._is_published:
            self._publish()
        try:
            self._plan.workspace.run(self._receiver.receive(self._config.git.fetch_timeout))
        except PeerPlanError as error:
            self._tell(f"The plan branch could not be looked at: {error.message}")

    def verdict(self) -> GateResult | None:
        """What people decided, once they have."""
        status = self._plan.status()
        if status == "approved":
            if self._moved():
                return None
            self._plan.mark(self._case.phase.name, "done")
            self._publish()
            return self.result(PASSED, by=self._plan.approvers())
        if status == "changes_requested":
            by, feedback = self._plan.objectors(), self._plan.feedback()
            self._publish()
            return self.result(CHANGES_REQUESTED, by=by, feedback=feedback)
        return None

    def result(self, verdict: str, **facts: Any) -> GateResult:
        """A result that names the plan and its revision."""
        revision = self._plan.revision()
        return GateResult(
            type=GateType.HUMAN,
            verdict=verdict,
            plan=self._plan.id,
            revision=revision.id if revision else "",
            **facts,
        )

    def _moved(self) -> bool:
        """Whether the branch is not what was approved any more; then people are asked again."""
        case = self._case
        case.worktree.commit(f"[orc] {case.task.id}: {case.phase.name} changed during its review")
        self._plan.show(case, exhibits(case, self._config.run.results))
        if not self._plan.ask("The branch was changed during the review."):
            return False
        self._publish()
        self._tell("The branch was changed during the review; people are asked again.")
        return True

    def _ask_again(self) -> None:
        """Where somebody edited the plan itself, ask about it as it is now, when they are done."""
        digest = self._plan.digest()
        if not self._plan.is_edited():
            self._edited = None
        elif self._edited is None or self._edited[0] != digest:
            self._edited = digest, time.monotonic()
        elif time.monotonic() - self._edited[1] >= QUIET:
            self._plan.ask("The plan was edited.")
            self._publish()
            self.invite()

    def _publish(self) -> None:
        try:
            self._plan.workspace.run(self._plan.workspace.publisher.publish(self._plan.id))
            self._is_published = True
        except (GitError, UnreachableError) as error:
            self._is_published = False
            self._tell(f"The review is not published yet: {error.message}")

    def _tell(self, text: str) -> None:
        self._say("warning", text)

"""A run that is killed at a gate at which people decide: one plan, and nothing shown twice."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.running.record import load, record_path
from peerplan_jupyter.coordination.tasks.execution import Execution

from ...support.checkouts import untouched
from ...support.repositories import Git
from ..running.mortal import KILLED, Ended
from ..running.scene import Scene, every_step
from ..running.test_kills import wait_for

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are forked here")
ADA = {"ORC_INITIALS": "AM", "ORC_DISPLAY_NAME": "Ada"}
RUN = ("run", "TASK-AM-001", "--yes", "--no-wait")
WORK = "cp {prompt_file} ../prompt-$ORC_ATTEMPT.md; echo $ORC_ATTEMPT >> greeting.txt"
TESTED = 'echo \'<testsuite tests="1"><testcase name="greets"/></testsuite>\' > junit.xml'
WAITING = 20
WHOLE = {"type": "plan"}


@dataclass(frozen=True)
class Gate:
    """Ada's clone, in which a run is killed at its gate, Ben's, and their remote."""

    scene: Scene
    git: Git
    reviewer: Callable[..., Any]

    @property
    def ada(self) -> Path:
        return self.scene.folder / "ada"

    def run(self, kill_at: int = 0) -> Ended:
        return self.scene.orc("ada", *RUN, kill_at=kill_at, **ADA)

    def published(self) -> dict[str, dict[str, Any]]:
        """The plans at the remote, by their folders."""
        remote, branch = self.scene.folder / "remote.git", "plan-artifacts"
        listed = self.git(remote, "ls-tree", "-r", "--name-only", branch, check=False).split("\n")
        names = [one for one in listed if one.endswith("/plan.json")]
        return {
            one: json.loads(self.git(remote, "show", f"{branch}:{one}"))["plan"] for one in names
        }

    def record(self) -> Execution:
        found = load(record_path(Project.find(self.ada), TaskId.parse("TASK-AM-001"), "am"))
        assert found is not None
        return found

    def shows(self) -> dict[str, Any]:
        """What people see of the run, of which there is one plan."""
        [plan] = self.published().values()
        shown = [one["name"] for one in plan["artifacts"] if not one.get("withdrawn")]
        assert len(set(shown)) == len(shown)
        steps = {one["id"]: one["status"] for one in plan["steps"]}
        revisions = [one["number"] for one in plan["revisions"]]
        return {"shown": sorted(shown), "status": plan["status"], "steps": steps, "r": revisions}

    def reviews(self, verdict: str, words: str = "") -> None:
        """Ben looks at the plan in his clone, and says what he thinks of it."""
        self._as_ben(lambda ben, plan: ben.review(plan, verdict, words))

    def comments(self, words: str) -> None:
        """Ben looks at the plan, and says something of it."""
        comment = {"op": "annotate", "type": "question", "content": words, "target": WHOLE}
        self._as_ben(lambda ben, plan: ben.do(plan, **comment))

    def _as_ben(self, does: Callable[[Any, str], None]) -> None:
        ben = self.reviewer(self.scene.folder / "ben", home=self.scene.folder / "home-of-ben")
        self.git(ben.clone, "fetch", "-q", "origin", "plan-artifacts")
        self.git(ben.clone, "update-ref", "refs/remotes/origin/plan-artifacts", "FETCH_HEAD")
        [plan] = [one["id"] for one in self.published().values()]
        ben.open(plan)
        ben.workspace.run(ben.workspace.publisher.publish(plan))
        does(ben, plan)
        ben.publish(plan)
        ben.workspace.close()

    def has_looked(self) -> bool:
        """Whether the plan branch was fetched as it is now by Ada's run."""
        there = self.git(self.scene.folder / "remote.git", "rev-parse", "plan-artifacts")
        refs = self.git(self.ada, "for-each-ref", "--format=%(objectname)").split("\n")
        return there in refs


@pytest.fixture
def gate(scene: Scene, make_remote, make_clone, begin, git, reviewer) -> Gate:
    remote = make_remote(f"{scene.folder.name}/remote.git")
    ada = make_clone(remote, f"{scene.folder.name}/ada")
    (ada / ".orc/shared").mkdir(parents=True)
    (ada / ".orc/shared/config.yaml").write_text(
        "task_id:\n  prefix_source: initials\ngates:\n  phase_overrides:\n    review: human\n"
    )
    begin(ada, "TASK-AM-001", review=f"{WORK}; {TESTED}")
    git(ada, "add", ".orc")
    git(ada, "commit", "-q", "-m", "Begin")
    git(ada, "push", "-q", "origin", "HEAD:main")
    git(scene.folder, "clone", "-q", "-b", "main", str(remote), "ben")
    scene.keep()
    return Gate(scene, git, reviewer)


def attempt(number: int) -> list[str]:
    """The names of what people are shown of an attempt."""
    return [f"am-review-{number}{end}" for end in ("-junit.xml", ".diff", ".log")]


PRESENTED = {
    "shown": attempt(1),
    "status": "pending_review",
    "steps": {"review": "in_progress"},
    "r": [1],
}
SENT_BACK = {**PRESENTED, "shown": attempt(2), "r": [1, 2]}
DONE = {**SENT_BACK, "status": "approved", "steps": {"review": "done"}}


def test_a_run_that_is_killed_again_and_again_at_a_gate_shows_people_one_plan(gate):
    again = gate.scene.killed_again_and_again
    with untouched(gate.ada, ".orc"):
        assert again(40, "ada", *RUN, **ADA).code == WAITING
        gate.reviews("changes_requested", "Not polite yet.")
        assert again(35, "ada", *RUN, **ADA).code == WAITING
        assert gate.shows()["status"] == "pending_review"
        gate.reviews("approved")
        assert again(20, "ada", *RUN, **ADA).code == 0
    assert gate.shows()["steps"] == {"review": "done"}
    assert gate.record().status == "completed"


def test_a_run_that_is_killed_while_it_waits_for_people_waits_on(gate, orc):
    homes = {"ORC_HOME": "orc-home-of-ada", "PEERPLAN_HOME": "peerplan-home-of-ada"}
    ada = {**ADA, **{name: str(gate.scene.folder / value) for name, value in homes.items()}}

    going = orc(gate.ada, "TASK-AM-001", "--yes", **ada)
    going.until("review_requested")
    gate.comments("What about goodbyes?")
    wait_for(gate.has_looked)
    going.process.kill()
    assert going.end() == KILLED
    assert gate.record().status == "waiting"
    going = orc(gate.ada, "TASK-AM-001", "--yes", **ada)
    going.until("warning")
    assert "ended without a word" in going.events[-1]["text"]
    going.until("review_requested")
    gate.reviews("approved")
    assert going.end() == 0
    assert gate.record().status == "completed"
    assert len(gate.record().phases[0].attempts) == 1
    assert gate.shows()["steps"] == {"review": "done"}
    [plan] = gate.published().values()
    assert [one["content"] for one in plan["annotations"]] == ["What about goodbyes?"]


@pytest.fixture
def everywhere(gate: Gate) -> Callable[[int, dict[str, Any]], None]:
    """Kills the next run at every step from its gate on, and goes on, which ends with `code` and
    shows `wanted`; then the run that nobody kills.
    """

    def each(code: int, wanted: dict[str, Any]) -> None:
        def go_on(killed: Ended) -> None:
            with untouched(gate.ada, ".orc"):
                assert gate.scene.goes_on("ada", *RUN, **ADA).code == code
            attempts = len(gate.record().phases[0].attempts)
            assert gate.shows() in (wanted, {**wanted, "shown": attempt(attempts)})
            remote = gate.scene.folder / "remote.git"
            assert gate.git(remote, "for-each-ref", "refs/orc/leases") == ""

        gate.scene.keep()
        gate.scene.killed_everywhere(go_on, "ada", *RUN, since="peerplan-home|journal", **ADA)
        assert gate.shows() == wanted

    return each


@every_step
def test_a_run_that_is_killed_anywhere_until_it_waits_shows_people_one_plan(gate, everywhere):
    everywhere(WAITING, PRESENTED)


@every_step
def test_a_run_that_is_killed_anywhere_after_changes_were_requested_shows_the_next_attempt(
    gate, everywhere
):
    assert gate.run().code == WAITING
    gate.reviews("changes_requested", "Not polite yet.")
    everywhere(WAITING, SENT_BACK)
    told = (gate.ada / ".orc/worktrees/prompt-2.md").read_text()
    assert "> Not polite yet." in told


@every_step
def test_a_run_that_is_killed_anywhere_after_the_approval_is_done(gate, everywhere):
    assert gate.run().code == WAITING
    gate.reviews("changes_requested", "Not polite yet.")
    assert gate.run().code == WAITING
    gate.reviews("approved")
    everywhere(0, DONE)
    assert gate.record().status == "completed"

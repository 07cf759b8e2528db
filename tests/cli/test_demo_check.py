"""What makes `demo --play` fail: each promise that the remote does not keep."""

from __future__ import annotations

import subprocess

import pytest

from peerplan_jupyter.cli.demo.check import problems
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.review.workspace import Workspace

FOLDER = "pr-7/plan-sessions"


@pytest.fixture
def played(repository):
    """Play a demo's end, leaving out what a test names; returns the remote."""

    def play(*, evidence=b"ok\n", reply=True, disposition=True, approve=True, edit=False):
        with Workspace() as workspace:
            agent = workspace.actor("agent", "builder", "builder")
            person = workspace.actor("human", "Maia")

            def do(actor, **wire):
                operation = parse_operation(wire, actor)
                workspace.run(workspace.submit("sessions", operation))
                return operation.id

            made = CreatePlan(actor=agent, plan_id="sessions", title="T", content="Text.", pr=7)
            workspace.run(workspace.create(made, repository))
            if evidence:
                workspace.run(workspace.attach("sessions", agent, evidence, name="run.log"))
            target = {"type": "plan"}
            note = do(person, op="annotate", type="concern", content="Hm", target=target)
            if reply:
                do(agent, op="reply", annotationId=note, content="Yes")
            if disposition:
                do(agent, op="set_disposition", annotationId=note, disposition="applied")
            do(agent, op="request_review")
            last = workspace.peer.call(lambda plans: plans.get("sessions").revision)
            if approve:
                named = {"revision": last.id, "digest": last.digest}
                do(person, op="submit_review", verdict="approved", **named)
            if edit:
                do(agent, op="edit_title", title="Another")
            workspace.run(workspace.publisher.publish("sessions"))
        return repository.parent / "remote.git"

    return play


def test_a_whole_loop_has_no_problems(played):
    assert problems(played(), FOLDER) == []


@pytest.mark.parametrize(
    ("left_out", "problem"),
    [
        ({"approve": False}, "not approved"),
        ({"edit": True}, "not approved"),
        ({"evidence": b""}, "no evidence"),
        ({"reply": False}, "did not reply"),
        ({"disposition": False}, "what it did"),
    ],
)
def test_what_is_missing_is_named(played, left_out, problem):
    (found,) = problems(played(**left_out), FOLDER)
    assert problem in found


def test_a_plan_that_is_not_there_is_a_problem(played):
    assert problems(played(), "pr-8/plan-sessions") == [
        "plan-artifacts:pr-8/plan-sessions/plan.json is not there"
    ]


@pytest.mark.parametrize(
    "line", [f"M 100644 inline {FOLDER}/run.log\ndata 3\nno\n", f"D {FOLDER}/run.log"]
)
def test_evidence_that_was_tampered_with_is_a_problem(played, line):
    remote = played()
    stream = (
        "commit refs/heads/plan-artifacts\ncommitter M <m@example.org> 1 +0000\ndata 1\nx\n"
        f"from refs/heads/plan-artifacts^0\n{line}\ndone\n"
    )
    git = ["git", "-C", str(remote), "fast-import", "--quiet", "--done"]
    subprocess.run(git, input=stream.encode(), check=True)
    (found,) = problems(remote, FOLDER)
    assert "run.log" in found

from __future__ import annotations

import json

import pytest

from peerplan_jupyter.errors import (
    DocumentError,
    ForbiddenError,
    IntegrityError,
    NotFoundError,
    PushRejectedError,
    TooLargeError,
)
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

from ..sync.test_gate import ABORTS
from .conftest import git

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def made(workspace, repository):
    """A plan in the repository, and its agent."""
    agent = workspace.actor("agent", "builder")
    operation = CreatePlan(actor=agent, plan_id="sessions", title="Sessions", pr=7)
    workspace.run(workspace.create(operation, repository))
    return "sessions", agent


def at_remote(repository, path):
    return git(repository.parent / "remote.git", "show", f"plan-artifacts:{path}")


def test_a_published_plan_lies_on_the_remotes_plan_branch(workspace, repository, made):
    plan_id, agent = made
    (repository / "shot.png").write_bytes(PNG)
    workspace.run(workspace.attach(plan_id, agent, repository / "shot.png", caption="It runs"))
    done = workspace.run(workspace.publisher.publish(plan_id))
    plan = json.loads(at_remote(repository, "pr-7/plan-sessions/plan.json"))["plan"]
    assert (plan["title"], plan["pr"], plan["review"]) == ("Sessions", 7, None)
    assert list(plan)[:5] == ["id", "pr", "branch", "title", "content"]
    assert plan["artifacts"][0]["url"].endswith("shot.png")
    assert plan["artifacts"][0]["type"] == "screenshot"
    assert done.pushed
    subject = git(repository.parent / "remote.git", "log", "-1", "--format=%s", "plan-artifacts")
    assert subject == "Publish plan sessions (draft)"
    remote = repository.parent / "remote.git"
    assert git(remote, "cat-file", "-s", "plan-artifacts:pr-7/plan-sessions/shot.png") == "28"


def test_a_plan_moves_out_of_the_drafts_with_its_pull_request(workspace, repository):
    agent = workspace.actor("agent", "builder")
    workspace.run(workspace.create(CreatePlan(actor=agent, plan_id="pp", title="T"), repository))
    workspace.run(workspace.publisher.publish("pp"))
    assert at_remote(repository, "drafts/plan-pp/plan.json")
    link = parse_operation({"op": "link_pull_request", "pr": 3}, agent)
    workspace.run(workspace.submit("pp", link))
    workspace.run(workspace.publisher.publish("pp"))
    names = git(repository.parent / "remote.git", "ls-tree", "-r", "--name-only", "plan-artifacts")
    assert names.split() == ["pr-3/plan-pp/plan.json", "pr-3/plan-pp/plan.loro"]


def test_bytes_on_the_branch_that_would_end_the_process_are_an_error_of_the_publish(
    workspace, repository, made, tmp_path
):
    plan_id, agent = made
    workspace.run(workspace.publisher.publish(plan_id))
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", "-b", "plan-artifacts", str(tmp_path / "remote.git"), str(other))
    (other / "pr-7" / "plan-sessions" / "plan.loro").write_bytes(ABORTS.read_bytes())
    git(other, "commit", "-q", "-a", "-m", "Spoil it")
    git(other, "push", "-q")
    retitled = parse_operation({"op": "edit_title", "title": "Sessions in Redis"}, agent)
    workspace.run(workspace.submit(plan_id, retitled))
    with pytest.raises(DocumentError, match="when it was tried"):
        workspace.run(workspace.publisher.publish(plan_id))
    [summary] = workspace.run(workspace.summaries())
    assert summary["title"] == "Sessions in Redis"


def test_two_agents_that_publish_one_plan_lose_nothing(workspace, repository, made, tmp_path):
    plan_id, _ = made
    workspace.run(workspace.publisher.publish(plan_id))
    with Workspace(Home.under(tmp_path / "other")) as other:
        blob = workspace.peer.call(lambda plans: plans.get(plan_id).updates_since())
        other.peer.call(lambda plans: plans.take_in(plan_id, blob))
        git(tmp_path, "clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "second"))
        other.run(other.bind(plan_id, tmp_path / "second"))
        for one, text in ((workspace, "one"), (other, "other")):
            actor = one.actor("human", text)
            wire = {
                "op": "annotate",
                "type": "concern",
                "content": text,
                "target": {"type": "plan"},
            }
            one.run(one.submit(plan_id, parse_operation(wire, actor)))
            one.run(one.publisher.publish(plan_id))
    plan = json.loads(at_remote(repository, "pr-7/plan-sessions/plan.json"))["plan"]
    assert sorted(one["content"] for one in plan["annotations"]) == ["one", "other"]


def test_a_refused_push_waits_in_the_outbox_until_it_goes_through(workspace, repository, made):
    plan_id, _ = made
    hook = repository.parent / "remote.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'protected branch' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(PushRejectedError, match="protected branch"):
        workspace.run(workspace.publisher.publish(plan_id))
    waiting = workspace.peer.call(lambda plans: plans.journal.outbox.pending())
    assert [one.plan_id for one in waiting] == [plan_id]
    hook.unlink()
    assert workspace.run(workspace.publisher.retry())[plan_id].pushed
    assert workspace.peer.call(lambda plans: plans.journal.outbox.pending()) == []


def test_a_plan_without_a_repository_says_how_to_name_one(workspace):
    agent = workspace.actor("agent", "builder")
    workspace.run(workspace.create(CreatePlan(actor=agent, plan_id="pp", title="T")))
    with pytest.raises(NotFoundError, match="no repository") as refused:
        workspace.run(workspace.publisher.publish("pp"))
    assert "--repo" in refused.value.hint


def test_evidence_outside_the_repository_is_refused(workspace, repository, made, tmp_path):
    plan_id, agent = made
    (tmp_path / "secret.txt").write_text("secret")
    for path in (tmp_path / "secret.txt", repository / ".." / "secret.txt"):
        with pytest.raises(ForbiddenError, match="outside"):
            workspace.run(workspace.attach(plan_id, agent, path, within=repository))
    assert workspace.peer.call(lambda plans: plans.get(plan_id).artifacts) == {}


def test_a_file_over_the_limit_is_refused_with_both_numbers(workspace, repository, made):
    plan_id, agent = made
    workspace.limit = 10
    (repository / "big.log").write_text("x" * 11)
    with pytest.raises(TooLargeError, match=r"11.*10"):
        workspace.run(workspace.attach(plan_id, agent, repository / "big.log"))


def test_evidence_that_another_machine_published_is_fetched_and_verified(
    workspace, repository, made
):
    plan_id, agent = made
    done = workspace.run(workspace.attach(plan_id, agent, b"all good\n", name="run.log"))
    workspace.run(workspace.publisher.publish(plan_id))
    workspace.blobs.path(done.hash).unlink()
    _, path = workspace.run(workspace.custody.file(plan_id, done.artifact_id))
    assert path.read_bytes() == b"all good\n"


def test_bytes_that_changed_on_disk_are_a_mismatch(workspace, made):
    plan_id, agent = made
    done = workspace.run(workspace.attach(plan_id, agent, b"all good\n", name="run.log"))
    workspace.blobs.path(done.hash).write_bytes(b"all bad!\n")
    with pytest.raises(IntegrityError):
        workspace.run(workspace.custody.file(plan_id, done.artifact_id))


def test_a_plan_is_found_by_the_beginning_of_its_id(workspace, made):
    assert workspace.run(workspace.find("sess")) == "sessions"
    with pytest.raises(NotFoundError):
        workspace.run(workspace.find("x"))


def test_summaries_count_what_a_reader_has_not_seen(workspace, made):
    plan_id, agent = made
    human = workspace.actor("human", "Maia")
    wire = {"op": "annotate", "type": "concern", "content": "Hm", "target": {"type": "plan"}}
    done = workspace.run(workspace.submit(plan_id, parse_operation(wire, human)))
    rename = parse_operation({"op": "edit_title", "title": "Other"}, human)
    workspace.run(workspace.submit(plan_id, rename))
    assert workspace.run(workspace.summaries(agent.id))[0]["unread"] == 1
    assert workspace.run(workspace.summaries(human.id))[0]["unread"] == 0
    keys = [news.key for news in done.change.news]
    workspace.peer.call(lambda plans: plans.journal.mark_seen(plan_id, agent.id, keys))
    assert workspace.run(workspace.summaries(agent.id))[0]["unread"] == 0

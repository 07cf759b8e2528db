from __future__ import annotations

import hashlib
import json

import pytest

from peerplan_jupyter.errors import DocumentError, InvalidInputError, NotFoundError
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.settings import Settings

from .conftest import git


@pytest.fixture
def published(workspace, repository):
    """A plan that was published with one artifact and one annotation."""
    agent = workspace.actor("agent", "builder")
    operation = CreatePlan(actor=agent, plan_id="sessions", title="Sessions", pr=7)
    workspace.run(workspace.create(operation, repository))
    workspace.run(workspace.attach("sessions", agent, b"ok\n", name="run.log"))
    wire = {"op": "annotate", "type": "concern", "content": "Hm", "target": {"type": "plan"}}
    human = workspace.actor("human", "Maia")
    workspace.run(workspace.submit("sessions", parse_operation(wire, human)))
    workspace.run(workspace.publisher.publish("sessions"))
    return repository.parent / "remote.git"


@pytest.fixture
def reader(tmp_path):
    """Somebody else's workspace."""
    settings = Settings(trusted_hosts=["127.0.0.1"])
    with Workspace(Home.under(tmp_path / "reader"), settings) as made:
        yield made


def state(workspace, plan_id="sessions"):
    async def check():
        key = await workspace.peer.acall(lambda plans: next(iter(plans.get(plan_id).artifacts)))
        await workspace.custody.file(plan_id, key)
        return await workspace.peer.acall(
            lambda plans: workspace.custody.states(plans, plan_id)[key]["state"]
        )

    return workspace.run(check())


def test_a_plan_opens_from_a_clone_by_path_and_id(reader, published, tmp_path):
    git(tmp_path, "clone", "-q", str(published), str(tmp_path / "clone"))
    assert reader.run(reader.open(f"{tmp_path / 'clone'}#sessions")) == "sessions"
    assert reader.peer.call(lambda plans: plans.get("sessions").annotations()[0].content) == "Hm"
    assert state(reader) == "verified"
    assert reader.run(reader.open("sessions")) == "sessions"


def test_a_bare_id_is_looked_for_in_the_repository_at_hand(reader, published, tmp_path):
    git(tmp_path, "clone", "-q", str(published), str(tmp_path / "clone"))
    with pytest.raises(NotFoundError, match="'nothing'"):
        reader.run(reader.open("nothing", tmp_path / "clone"))
    assert reader.run(reader.open("sessions", tmp_path / "clone")) == "sessions"


def test_a_plan_opens_from_a_remote_that_is_not_cloned(reader, published):
    assert reader.run(reader.open(f"file://{published}?plan=sessions")) == "sessions"
    assert state(reader) == "verified"


def test_opening_again_merges_what_is_new_on_both_sides(reader, workspace, published):
    url = f"file://{published}?plan=sessions"
    reader.run(reader.open(url))
    wire = {"op": "annotate", "type": "concern", "content": "", "target": {"type": "plan"}}
    for one, text in ((reader, "theirs"), (workspace, "ours")):
        actor = one.actor("human", text)
        one.run(one.submit("sessions", parse_operation({**wire, "content": text}, actor)))
    workspace.run(workspace.publisher.publish("sessions"))
    reader.run(reader.open(url))
    found = reader.peer.call(lambda plans: plans.get("sessions").annotations())
    assert sorted(one.content for one in found) == ["Hm", "ours", "theirs"]


def test_a_plan_json_without_its_document_opens_too(reader, published, tmp_path):
    folder = tmp_path / "copied"
    folder.mkdir()
    shown = git(published, "show", "plan-artifacts:pr-7/plan-sessions/plan.json")
    (folder / "plan.json").write_text(shown)
    (folder / "run.log").write_bytes(b"ok\n")
    assert reader.run(reader.open(str(folder / "plan.json"))) == "sessions"
    assert state(reader) == "verified"


def test_evidence_with_another_hash_is_a_mismatch(reader, published, tmp_path):
    folder = tmp_path / "copied"
    folder.mkdir()
    shown = git(published, "show", "plan-artifacts:pr-7/plan-sessions/plan.json")
    (folder / "plan.json").write_text(shown)
    (folder / "run.log").write_bytes(b"no\n")
    reader.run(reader.open(str(folder / "plan.json")))
    told = reader.peer.call(lambda plans: reader.custody.states(plans, "sessions"))
    assert [one["state"] for one in told.values()] == ["mismatch"]


def test_a_document_that_was_tampered_with_is_refused(reader, published, tmp_path):
    folder = tmp_path / "copied"
    folder.mkdir()
    shown = git(published, "show", "plan-artifacts:pr-7/plan-sessions/plan.json")
    (folder / "plan.json").write_text(shown)
    (folder / "plan.loro").write_bytes(b"loro" + b"\0" * 16 + b"\x00\x04" + b"x" * 40)
    with pytest.raises(DocumentError):
        reader.run(reader.open(str(folder / "plan.json")))
    assert not reader.peer.call(lambda plans: plans.has("sessions"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://evil.example/x?repo=evil.example/o/r&plan=x",
        "ftp://host/x",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_plan_url_is_refused_before_anything_is_fetched(reader, text, tmp_path):
    with pytest.raises((InvalidInputError, NotFoundError)):
        reader.run(reader.open(text, tmp_path))


def test_what_was_opened_can_be_published_back(reader, published):
    reader.run(reader.open(f"file://{published}?plan=sessions"))
    wire = {"op": "annotate", "type": "concern", "content": "Late", "target": {"type": "plan"}}
    human = reader.actor("human", "Tom")
    reader.run(reader.submit("sessions", parse_operation(wire, human)))
    reader.run(reader.publisher.publish("sessions"))
    plan = json.loads(git(published, "show", "plan-artifacts:pr-7/plan-sessions/plan.json"))["plan"]
    assert sorted(one["content"] for one in plan["annotations"]) == ["Hm", "Late"]
    assert plan["artifacts"][0]["url"].endswith("run.log")


def test_a_plan_that_was_only_opened_has_nothing_to_publish(reader, published):
    reader.run(reader.open(f"file://{published}?plan=sessions"))
    assert not reader.run(reader.summaries())[0]["unpublished"]


def test_a_foreign_plan_cannot_discredit_evidence_that_is_good(reader, published, tmp_path):
    reader.run(reader.open(f"file://{published}?plan=sessions"))
    assert state(reader) == "verified"
    folder = tmp_path / "foreign"
    folder.mkdir()
    shown = git(published, "show", "plan-artifacts:pr-7/plan-sessions/plan.json")
    (folder / "plan.json").write_text(shown.replace('"id": "sessions"', '"id": "foreign"'))
    (folder / "run.log").write_bytes(b"no\n")
    assert reader.run(reader.open(str(folder / "plan.json"))) == "foreign"
    told = reader.peer.call(lambda plans: reader.custody.states(plans, "foreign"))
    assert [one["state"] for one in told.values()] == ["mismatch"]
    assert state(reader) == "verified"


def test_evidence_that_was_missing_is_found_when_its_remote_is_back(reader, published):
    reader.run(reader.open(f"file://{published}?plan=sessions"))
    away = published.with_name("away.git")
    published.rename(away)
    with pytest.raises(NotFoundError):
        state(reader)
    away.rename(published)
    assert state(reader) == "verified"


def test_a_raised_limit_holds_for_evidence_that_is_fetched(workspace, published, tmp_path):
    agent = workspace.actor("agent", "builder")
    workspace.limit = 60_000_000
    workspace.run(workspace.attach("sessions", agent, b"x" * 30_000_000, name="large.bin"))
    workspace.run(workspace.publisher.publish("sessions"))
    settings = Settings(max_artifact_bytes=60_000_000)
    with Workspace(Home.under(tmp_path / "larger"), settings) as reader:
        reader.run(reader.open(f"file://{published}?plan=sessions"))
        keys = reader.peer.call(lambda plans: list(plans.get("sessions").artifacts))
        for key in keys:
            assert reader.run(reader.custody.file("sessions", key))


def test_a_pasted_plan_takes_in_nothing_from_outside_of_its_folder(reader, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    digest = f"sha256:{hashlib.sha256(b'secret').hexdigest()}"
    for name in ("../secret.txt", str(secret)):
        artifact = {"id": "a", "type": "log", "file": name, "hash": digest}
        folder = tmp_path / "folder"
        folder.mkdir(exist_ok=True)
        plan = {"id": "sessions", "title": "T", "artifacts": [artifact]}
        (folder / "plan.json").write_text(json.dumps({"plan": plan}))
        reader.run(reader.open(str(folder / "plan.json")))
        assert not reader.blobs.has(digest)

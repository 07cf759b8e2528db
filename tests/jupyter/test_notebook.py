from __future__ import annotations

import threading

import pytest

import peerplan_jupyter as peerplan
from peerplan_jupyter.jupyter.fallback import fallback
from peerplan_jupyter.jupyter.kernel import kernel_workspace
from peerplan_jupyter.jupyter.reviewed import Plan
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.settings import settings_file

from .conftest import git


@pytest.fixture(autouse=True)
def _kernel(monkeypatch, tmp_path):
    """A kernel of its own for every test, with its working directory outside of any repository."""
    monkeypatch.setattr("peerplan_jupyter.jupyter.kernel._started", {})
    monkeypatch.setattr("peerplan_jupyter.jupyter.reviewed._widgets", {})
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    yield
    kernel_workspace().close()


@pytest.fixture
def plan():
    return peerplan.create("Sessions", "# Why\n\nTokens expire.", ["Adapter", {"title": "Tests"}])


@pytest.fixture
def reviewer(tmp_path):
    """The same plan in another person's hands."""

    def hold(plan):
        workspace = kernel_workspace()
        return Plan(workspace, plan.id, workspace.actor("human", "Tom", "tom"))

    return hold


@pytest.fixture
def meanwhile():
    """Do something a moment later, on another thread."""
    timers = []

    def begin(function, *args):
        timers.append(threading.Timer(0.1, function, args))
        timers[-1].start()

    yield begin
    for one in timers:
        one.join()


def test_a_plan_is_created_read_and_listed(plan):
    assert (plan.title, plan.status) == ("Sessions", "draft")
    assert [step.title for step in plan.steps] == ["Adapter", "Tests"]
    assert [one.id for one in peerplan.list_plans()] == [plan.id]
    assert peerplan.open(plan.id).content == plan.content
    assert repr(plan) == f"<Plan {plan.id}: Sessions (draft)>"
    assert plan.to_dict()["identities"].popitem()[1]["name"] == "Maia"


def test_people_talk_about_a_plan(plan, reviewer):
    said = reviewer(plan).annotate("Which?", type="question", quote="Tokens")
    assert said.anchor.state == "anchored"
    plan.reply(said, "The refresh tokens.")
    plan.resolve(said.id)
    after = plan.annotations[0]
    assert (after.state, after.replies[0].content) == ("resolved", "The refresh tokens.")
    plan.reopen(said)
    assert plan.annotations[0].state == "open"


def test_a_plan_is_reviewed_by_another_person(plan, reviewer):
    with pytest.raises(peerplan.InvalidInputError, match="no revision"):
        reviewer(plan).approve()
    assert plan.request_review("Please").number == 1
    reviewer(plan).request_changes("Say which")
    assert plan.status == "changes_requested"
    plan.edit("# Why\n\nRefresh tokens expire.")
    plan.request_review()
    reviewer(plan).approve("Good")
    assert plan.status == "approved"
    assert plan.wait("approved", timeout=0) is plan


def test_the_policy_says_how_many_approve_and_whether_the_owner_counts(plan, reviewer):
    assert (plan.policy.approvals, plan.policy.exclude_author) == (1, True)
    plan.request_review()
    plan.approve()
    assert plan.status == "pending_review"
    assert plan.set_policy(exclude_author=False).approvals == 1
    assert plan.status == "approved"
    reviewer(plan).set_policy(approvals=2)
    assert (plan.policy.exclude_author, plan.status) == (False, "pending_review")
    with pytest.raises(peerplan.InvalidInputError, match="approvals"):
        plan.set_policy(approvals=0)


def test_waiting_ends_when_somebody_approves(plan, reviewer, meanwhile):
    plan.request_review()
    meanwhile(reviewer(plan).approve)
    assert plan.wait("approved", timeout=20).status == "approved"
    with pytest.raises(TimeoutError, match="approved"):
        plan.wait("draft", timeout=0.01)


def test_waiting_for_anything_ends_with_the_next_change(plan, reviewer, meanwhile):
    meanwhile(reviewer(plan).annotate, "Hm")
    plan.wait(timeout=20)
    assert plan.annotations[0].content == "Hm"


def test_evidence_is_attached_from_a_file_and_from_bytes(plan, tmp_path):
    (tmp_path / "run.log").write_text("3 passed\n")
    one = plan.attach(tmp_path / "run.log", caption="It passes", step=plan.steps[0].id)
    two = plan.attach(b"\x89PNG\r\n\x1a\n" + b"\0" * 20, name="shot.png")
    assert [(one.type, one.caption), (two.type, two.name)] == [
        ("log", "It passes"),
        ("screenshot", "shot.png"),
    ]
    assert len(plan.artifacts) == 2


def test_a_plan_is_published_to_the_repository_it_was_created_in(repository, jp_root_dir):
    plan = peerplan.create("Sessions", repo=jp_root_dir, pr=7)
    assert plan.publish().pushed
    assert git(repository, "show", f"plan-artifacts:pr-7/plan-{plan.id}/plan.json")


def test_what_cannot_be_done_is_an_error_of_the_tree(plan):
    with pytest.raises(peerplan.NotFoundError):
        peerplan.open("nowhere")
    with pytest.raises(peerplan.InvalidInputError, match="one thing"):
        plan.annotate("Hm", quote="Tokens", step="x")
    with pytest.raises(peerplan.PeerPlanError):
        plan.annotate("Hm", quote="Not in it")
    with pytest.raises(peerplan.NotFoundError):
        plan.publish()


def test_a_saved_notebook_shows_the_plan_without_scripts(plan, reviewer):
    plan.edit(
        "# Why\n\n<script>alert(1)</script> ![x](http://evil.example.org/x.png) [y](javascript:z)"
    )
    reviewer(plan).annotate("<img src=x onerror=alert(2)>", step=plan.steps[0].id)
    page = fallback(plan._read(lambda document: document.plan()))
    assert "<h1>Why</h1>" in page
    assert "&lt;script&gt;" in page
    for danger in ("<script", "<img", 'href="javascript'):
        assert danger not in page
    data, _ = plan._repr_mimebundle_()
    assert data["text/html"] == page
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == plan.widget.model_id
    assert peerplan.open(plan.id).widget is plan.widget


def test_a_notebook_obeys_the_users_settings(tmp_path):
    path = settings_file(Home.default())
    path.write_text("max_artifact_bytes = 10\ntrusted_hosts = ['127.0.0.1']")
    with pytest.raises(peerplan.UnreachableError):
        peerplan.open("http://127.0.0.1:1/x?plan=sessions")
    made = peerplan.create("T")
    with pytest.raises(peerplan.TooLargeError, match="10"):
        made.attach(b"x" * 11, name="run.log")


def test_a_notebook_says_which_settings_are_wrong_and_goes_on_when_they_are_mended():
    path = settings_file(Home.default())
    path.write_text("trusted_host = []")
    with pytest.raises(peerplan.InvalidInputError, match="trusted_host is not a setting"):
        peerplan.list_plans()
    path.unlink()
    assert peerplan.list_plans() == []

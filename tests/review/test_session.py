from __future__ import annotations

import queue

import pytest

from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.review.messages import plain
from peerplan_jupyter.review.session import ReviewSession


class Page:
    """The other end of a session: sends messages and keeps what comes."""

    def __init__(self, workspace, actor):
        self.came = queue.SimpleQueue()
        self.session = ReviewSession(
            workspace,
            "pp",
            actor,
            lambda message, buffers: self.came.put((plain(message), buffers)),
            lambda: {"state": "live"},
        )

    def ask(self, **message):
        self.session.receive({**message, "re": 1})
        return self.expect(lambda got: got.get("re") == 1)

    def expect(self, matches):
        while True:
            got, buffers = self.came.get(timeout=10)
            if matches(got):
                return got | ({"buffers": buffers} if buffers else {})


@pytest.fixture
def page(workspace):
    agent = workspace.actor("agent", "builder")
    workspace.run(workspace.create(CreatePlan(actor=agent, plan_id="pp", title="T", content="Abc")))
    made = []

    def open_page(name="Maia"):
        made.append(Page(workspace, workspace.actor("human", name, name)))
        return made[-1]

    yield open_page
    for one in made:
        one.session.close()


def annotate(**fields):
    target = {"type": "text", "quote": {"exact": "Abc"}}
    return {
        "op": "annotate",
        "id": new_id(),
        "type": "question",
        "content": "?",
        "target": target,
        **fields,
    }


def test_a_page_opens_a_plan_and_hears_what_changes(page):
    one, other = page("Maia"), page("Tom")
    view = one.ask(kind="open")["view"]
    assert view["plan"]["title"] == "T"
    assert view["live"]["me"]["name"] == "Maia"
    other.ask(kind="open")
    accepted = other.ask(kind="submit", operation=annotate())
    change = one.expect(lambda got: got["kind"] == "change")["change"]
    assert change["seq"] == accepted["seq"]
    assert next(iter(change["annotations"].values()))["anchor"]["state"] == "anchored"


def test_a_page_is_told_a_plan_with_many_annotations_without_them_first(page, monkeypatch):
    monkeypatch.setattr("peerplan_jupyter.review.session.MANY", 1)
    one = page()
    for _ in range(2):
        one.ask(kind="submit", operation=annotate())
    one.session.receive({"kind": "open", "re": 2})
    begun = one.expect(lambda got: got["kind"] in ("beginning", "view"))
    assert (begun["kind"], begun["view"]["plan"]["annotations"]) == ("beginning", [])
    whole = one.expect(lambda got: got.get("re") == 2)["view"]
    assert len(whole["plan"].pop("annotations")) == 2
    begun["view"]["plan"].pop("annotations")
    assert begun["view"]["plan"] == whole["plan"]


def test_an_actor_that_a_page_claims_is_ignored(page, workspace):
    one = page("Maia")
    claimed = {"id": "did:key:z6MkTomTomTomTomTomTomTomTomTomTom", "name": "Tom", "kind": "human"}
    operation = annotate(actor=claimed)
    one.ask(kind="submit", operation=operation)
    made = workspace.peer.call(lambda plans: plans.get("pp").annotation(operation["id"]))
    assert made.author != claimed["id"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"kind": "submit", "operation": {"op": "annotate"}}, "invalid_input"),
        ({"kind": "submit"}, "invalid_input"),
        ({"kind": "submit", "operation": {"op": "resolve", "annotationId": "x"}}, "not_found"),
        ({"kind": "nonsense"}, "invalid_input"),
        ({"kind": ["open"]}, "invalid_input"),
        ({"kind": "artifact", "artifactId": "x"}, "not_found"),
        ({"kind": "invite"}, "invalid_input"),
    ],
)
def test_a_message_that_cannot_be_answered_gets_an_error_with_a_code(page, message, code):
    assert page().ask(**message)["error"]["code"] == code


def test_pages_see_who_is_there_and_who_left(page):
    one, other = page("Maia"), page("Tom")
    one.ask(kind="open")
    other.ask(kind="open")
    names = lambda got: sorted(p["actor"]["name"] for p in got["live"]["presence"])  # noqa: E731
    one.expect(lambda got: got["kind"] == "live" and names(got) == ["Maia", "Tom"])
    other.session.close()
    one.expect(lambda got: got["kind"] == "live" and names(got) == ["Maia"])


def test_evidence_comes_with_its_media_type_and_state(page, workspace):
    agent = workspace.actor("agent", "builder")
    done = workspace.run(workspace.attach("pp", agent, b"ok\n", name="run.log"))
    one = page()
    one.ask(kind="open")
    got = one.ask(kind="artifact", artifactId=done.artifact_id)
    assert (got["mediaType"], got["buffers"]) == ("text/plain", [b"ok\n"])
    one.session.live_changed()
    checked = lambda got: got["live"]["artifacts"][done.artifact_id]["state"] == "verified"  # noqa: E731
    one.expect(lambda got: got["kind"] == "live" and checked(got))


def test_what_was_seen_is_no_longer_unread(page, workspace):
    one = page()
    one.ask(kind="open")
    agent = workspace.actor("agent", "builder")
    wire = {"op": "annotate", "type": "question", "content": "?", "target": {"type": "plan"}}
    operation = parse_operation(wire, agent)
    workspace.run(workspace.submit("pp", operation))
    reader = workspace.actor("human", "Maia", "Maia").id
    assert workspace.run(workspace.summaries(reader))[0]["unread"] == 1
    one.session.receive({"kind": "seen", "items": [operation.id]})
    one.ask(kind="open")
    assert workspace.run(workspace.summaries(reader))[0]["unread"] == 0


def test_what_a_page_says_of_itself_cannot_break_other_pages(page):
    one, other = page("Maia"), page("Tom")
    one.ask(kind="open")
    for message in (
        {"kind": "presence", "focus": "\ud800"},
        {"kind": "seen", "items": 5},
        {"kind": "seen", "items": ["\ud800", None, "x" * 10_000]},
        {"kind": "nonsense", "re": "\ud800"},
    ):
        one.session.receive(message)
    view = other.ask(kind="open")["view"]
    assert [p.get("focus") for p in view["live"]["presence"]] == [None, None]

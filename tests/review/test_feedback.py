from __future__ import annotations

import asyncio

import pytest

from peerplan_jupyter.errors import InvalidInputError
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.review.feedback import all_feedback


@pytest.fixture
def agent(workspace):
    return workspace.actor("agent", "builder")


@pytest.fixture
def human(workspace):
    return workspace.actor("human", "Maia")


@pytest.fixture
def do(workspace, agent):
    workspace.run(workspace.create(CreatePlan(actor=agent, plan_id="pp", title="T", content="Abc")))

    def act(actor, op, **fields):
        applied = workspace.run(
            workspace.submit("pp", parse_operation({"op": op, **fields}, actor))
        )
        return applied.change.news[0] if applied.change.news else None

    return act


@pytest.fixture
def annotate(do, human):
    def make(content="Hm"):
        return do(human, "annotate", type="concern", content=content, target={"type": "plan"}).id

    return make


def test_waiting_ends_when_somebody_annotates(workspace, do, annotate, agent):
    async def wait():
        waiting = asyncio.create_task(workspace.feed.wait("pp", "", agent.id, 20))
        await asyncio.sleep(0)
        await asyncio.to_thread(annotate, "Wake up")
        return await waiting

    found = asyncio.run(wait())
    assert [item.content for item in found.items] == ["Wake up"]


def test_nothing_is_lost_between_two_waits(workspace, annotate, agent):
    first = asyncio.run(workspace.feed.wait("pp", "", agent.id, 0))
    annotate("one")
    annotate("two")
    later = asyncio.run(workspace.feed.wait("pp", first.cursor, agent.id, 0))
    assert [item.content for item in later.items] == ["one", "two"]
    again = asyncio.run(workspace.feed.wait("pp", first.cursor, agent.id, 0))
    assert [item.content for item in again.items] == ["one", "two"]
    assert asyncio.run(workspace.feed.wait("pp", later.cursor, agent.id, 0)).items == []


def test_ones_own_doings_are_no_feedback(workspace, do, agent, annotate):
    key = annotate()
    cursor = workspace.run(workspace.feed.since("pp", "", agent.id)).cursor
    do(agent, "reply", annotationId=key, content="Done")
    do(agent, "set_disposition", annotationId=key, disposition="applied")
    assert workspace.run(workspace.feed.since("pp", cursor, agent.id)).rows == []


def test_a_cursor_of_another_journal_starts_again(workspace, annotate, agent):
    annotate()
    elsewhere = "01M7XM0T259044T20EKJC1AWN1.900"
    assert len(workspace.run(workspace.feed.since("pp", elsewhere, agent.id)).items) == 1


@pytest.mark.parametrize("cursor", ["x", "1.x", ".", "9" * 80])
def test_what_is_no_cursor_is_refused(workspace, annotate, agent, cursor):
    with pytest.raises(InvalidInputError, match="cursor"):
        workspace.run(workspace.feed.since("pp", cursor, agent.id))


def test_more_than_a_page_is_read_in_pages(workspace, annotate, agent):
    for number in range(230):
        annotate(str(number))
    first = workspace.run(workspace.feed.since("pp", "", agent.id))
    rest = workspace.run(workspace.feed.since("pp", first.cursor, agent.id))
    assert first.more
    assert len(first.items) + len(rest.items) == 230


def test_what_is_not_addressed_comes_first(workspace, do, agent, human, annotate):
    old, new = annotate("old"), annotate("new")
    do(agent, "set_disposition", annotationId=old, disposition="applied")
    feedback = workspace.peer.call(lambda plans: all_feedback(plans.get("pp")))
    assert [(item.content, item.addressed) for item in feedback] == [("new", False), ("old", True)]
    do(human, "reply", annotationId=old, content="Not quite")
    feedback = workspace.peer.call(lambda plans: all_feedback(plans.get("pp")))
    assert [item.addressed for item in feedback] == [False, False]
    do(human, "resolve", annotationId=new)
    feedback = workspace.peer.call(lambda plans: all_feedback(plans.get("pp")))
    assert [item.content for item in feedback] == ["old"]


def test_an_item_says_what_it_is_about(workspace, do, human):
    do(human, "annotate", type="question", content="?",
       target={"type": "text", "quote": {"exact": "Abc"}})  # fmt: skip
    item = workspace.peer.call(lambda plans: all_feedback(plans.get("pp"))[0])
    assert (item.about, item.quote, item.anchor) == ("text", "Abc", "anchored")

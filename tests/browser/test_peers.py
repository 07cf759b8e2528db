from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def found(play):
    """What the three did; see `peers_play.py`."""
    return play("peers_play.py")


def test_a_reviewers_comment_on_the_page_wakes_the_agent_at_its_server(found):
    heard = found["heard"]
    assert (heard["author"], heard["type"]) == ("Rita", "question")


def test_the_reviewers_page_and_the_author_are_linked_directly(found):
    assert found["rita"].startswith("live · direct")
    assert "reviewer · directly" in found["row"]


def test_at_the_end_all_hold_the_plan_that_the_server_published(found):
    plans = found["plans"]
    assert plans["published"]["status"] == "approved"
    [annotation] = plans["published"]["annotations"]
    assert annotation["state"] == "resolved"
    assert annotation["disposition"]["value"] == "applied"
    for name, plan in plans.items():
        assert plan == plans["published"], name

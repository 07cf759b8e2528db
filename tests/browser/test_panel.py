from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def found(play):
    """What the pages did; see `panel_play.py`."""
    return play("panel_play.py")


def test_nothing_in_a_hostile_plan_runs(found):
    assert found["hostile"]["ran"] == 0
    assert found["hostile"]["scripts"] == 0
    assert found["hostile"]["title"].startswith("<img src=x")


def test_a_plan_makes_the_page_ask_no_other_host(found):
    assert found["hostile"]["hosts"] == []


def test_axe_finds_nothing_in_the_panel(found):
    assert found["hostile"]["axe"] == []


def test_a_person_can_comment_in_the_widget_while_a_cell_runs(found):
    assert found["busy"]["found"]
    assert "*" in found["busy"]["prompt"]


def test_a_person_sees_how_far_a_comment_came_on_its_way_to_the_agent(found):
    rungs = ["sent", "received", "read", "addressed"]
    assert found["ladder"] == [rungs[:1], rungs[:2], rungs[:3], rungs]


def test_tasks_stand_beside_the_plans_and_open_their_reviews(found):
    tasks = found["hostile"]["tasks"]
    assert "<img src=x" in tasks["rows"][0]
    assert "TASK-AM-001" in tasks["rows"][0]
    assert tasks["rows"][1].startswith("? unreadable")
    assert tasks["dashboard"].endswith("/peerplan/team")
    assert tasks["axe"] == []

from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def lab(play):
    """What was found in one page of JupyterLab; see `lab_play.py`."""
    return play("lab_play.py", "evidence", "panel")


@pytest.fixture(scope="module")
def evidence(lab):
    """What the viewers did; see `evidence_play.py`."""
    return lab["evidence"]


@pytest.fixture(scope="module")
def panel(lab):
    """What the panel and a widget did; see `panel_play.py`."""
    return lab["panel"]


def test_a_diff_is_counted_and_folds(evidence):
    assert evidence["diff"]["counts"] == "1 file · +10 \N{MINUS SIGN}7"


def test_results_are_listed_with_their_sum(evidence):
    assert evidence["tests"]["words"].split("\n") == ["7 tests", "7 passed"]


def test_a_long_log_is_drawn_as_far_as_it_is_seen_in_its_colours(evidence):
    assert 0 < evidence["logs"]["drawn"] < 200
    assert evidence["logs"]["yellow"] == "WARN"


def test_a_picture_grows_to_its_own_size_at_a_press(evidence):
    assert evidence["picture"]["fitted"] < evidence["picture"]["full"] == 720


def test_a_notebook_shows_what_its_cells_printed(evidence):
    assert "redis   p50 0.9" in evidence["notebook"]["output"]


def test_a_recording_plays_from_where_one_likes(evidence):
    assert evidence["recording"] == {"width": 320, "at": 1, "error": None}


def test_a_page_is_drawn_and_runs_nothing(evidence):
    assert evidence["page"]["ran"] is False


def test_what_has_no_preview_is_downloaded_as_it_is(evidence):
    assert evidence["archive"] == {
        "words": "This kind of file is not shown here.",
        "name": "bundle.zip",
        "same": True,
    }


def test_axe_finds_nothing_in_the_viewers(evidence):
    assert evidence["axe"] == []


def test_nothing_in_a_hostile_plan_runs(panel):
    assert panel["hostile"]["ran"] == 0
    assert panel["hostile"]["scripts"] == 0
    assert panel["hostile"]["title"].startswith("<img src=x")


def test_a_plan_makes_the_page_ask_no_other_host(panel):
    assert panel["hostile"]["asked"] > 0
    assert panel["hostile"]["hosts"] == []


def test_axe_finds_nothing_in_the_panel(panel):
    assert panel["hostile"]["axe"] == []


def test_a_person_can_comment_in_the_widget_while_a_cell_runs(panel):
    assert panel["busy"]["found"]
    assert "*" in panel["busy"]["prompt"]


def test_a_person_sees_how_far_a_comment_came_on_its_way_to_the_agent(panel):
    rungs = ["sent", "received", "read", "addressed"]
    assert panel["ladder"] == [rungs[:1], rungs[:2], rungs[:3], rungs]


def test_tasks_stand_beside_the_plans_and_open_their_reviews(panel):
    tasks = panel["hostile"]["tasks"]
    assert "<img src=x" in tasks["rows"][0]
    assert "TASK-AM-001" in tasks["rows"][0]
    assert tasks["rows"][1].startswith("? unreadable")
    assert tasks["dashboard"].endswith("/peerplan/team")
    assert tasks["axe"] == []

from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def found(play):
    """What the viewers did; see `evidence_play.py`."""
    return play("evidence_play.py")


def test_a_diff_is_counted_and_folds(found):
    assert found["diff"]["counts"] == "1 file · +10 \N{MINUS SIGN}7"


def test_results_are_listed_with_their_sum(found):
    assert found["tests"]["words"].split("\n") == ["7 tests", "7 passed"]


def test_a_long_log_is_drawn_as_far_as_it_is_seen_in_its_colours(found):
    assert 0 < found["logs"]["drawn"] < 200
    assert found["logs"]["yellow"] == "WARN"


def test_a_picture_grows_to_its_own_size_at_a_press(found):
    assert found["picture"]["fitted"] < found["picture"]["full"] == 720


def test_a_notebook_shows_what_its_cells_printed(found):
    assert "redis   p50 0.9" in found["notebook"]["output"]


def test_a_recording_plays_from_where_one_likes(found):
    assert found["recording"] == {"width": 320, "at": 1, "error": None}


def test_a_page_is_drawn_and_runs_nothing(found):
    assert found["page"]["ran"] is False


def test_what_has_no_preview_is_downloaded_as_it_is(found):
    assert found["archive"] == {
        "words": "This kind of file is not shown here.",
        "name": "bundle.zip",
        "same": True,
    }


def test_axe_finds_nothing_in_the_viewers(found):
    assert found["axe"] == []

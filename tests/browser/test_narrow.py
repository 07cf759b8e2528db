from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(300)
PLACES = ("notebook", "panel", "slit")
THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def found(play):
    """What the narrow pages did; see `narrow_play.py`."""
    return play("narrow_play.py")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_where_there_is_little_room(found, place, theme):
    assert found[f"{place}-{theme}"]["axe"] == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("place", PLACES)
def test_a_narrow_review_does_not_run_out_of_its_room(found, place, theme):
    over = found[f"{place}-{theme}"]["over"]
    assert over["page"] <= 0
    assert over["review"] <= 0
    assert max(over["reading"], default=0) <= 0


def test_a_comment_and_a_verdict_can_be_given_by_keys_in_a_narrow_notebook(found):
    assert found["notebook-light"]["there"]


def test_a_comment_and_a_verdict_can_be_given_by_touch_in_a_narrow_panel(found):
    assert found["panel-light"]["there"]


def test_a_person_can_ask_for_more_approvals_where_the_plan_stands(found):
    assert found["panel-light"]["policy"] == 2


@pytest.mark.parametrize("theme", THEMES)
def test_a_slit_of_a_review_opens_over_the_whole_window(found, theme):
    slit = found[f"slit-{theme}"]
    assert slit["width"] < 100
    assert slit["large"]["axe"] == []
    assert slit["large"]["over"]["review"] <= 0

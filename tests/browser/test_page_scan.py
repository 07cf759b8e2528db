from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def found(play):
    """What the pages did; see `page_scan_play.py`."""
    return play("page_scan_play.py")


def test_no_page_breaks_its_policy_or_asks_a_host_that_nobody_named(found):
    assert {name: told["faults"] for name, told in found.items() if told["faults"]} == {}


def test_two_browsers_that_scan_each_others_screens_meet_without_any_server(found):
    assert found["scan"]["badge"].startswith("live · direct")


def test_a_notebook_and_a_page_meet_by_two_texts_and_see_each_other(found):
    assert found["notebook"]["came"]
    assert found["notebook"]["badge"].startswith("live · direct")
    assert "<svg" in found["notebook"]["shown"]


def test_the_camera_is_off_once_it_saw_a_code(found):
    assert found["scan"]["off"] == [True, True]
    assert found["camera"]["other off"]


@pytest.mark.parametrize(
    ("case", "sentence", "advice"),
    [
        ("none", "No camera is there.", "The text can be pasted instead."),
        ("hidden", "came over http", "The text can be pasted instead."),
        ("denied", "may not use the camera", "or paste the text"),
        ("other", "is not an introduction into this plan", "by the same invitation"),
    ],
)
def test_a_camera_that_does_not_help_is_said_with_what_to_do(found, case, sentence, advice):
    assert sentence in found["camera"][case]
    assert advice in found["camera"][case]


def test_a_page_that_could_not_load_what_it_takes_to_meet_says_so(found):
    assert "to meet by hand could not be loaded" in found["camera"]["cut"]


def test_axe_finds_nothing_at_any_step_in_light_and_dark_wide_and_narrow(found):
    assert {name: some for name, some in found["scan"]["axe"].items() if some} == {}

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def found(play):
    return play("team_play.py")


def test_the_dashboard_follows_what_is_reported(found):
    assert found["numbers"] == ["2", "2", "1", "$10.78"]
    assert any("Completed" in cell for cell in found["row"])


def test_people_are_shown_with_their_presence_and_what_they_cost(found):
    by_name = {one[0]: [line for line in one[1:] if line] for one in found["people"]}
    assert by_name["Ada Lovelace"] == ["working · TASK-AD-003", "$2.07"]
    assert by_name["Diana Prince"][0].startswith("away · ")
    assert by_name["Diana Prince"][1] == "$0.004"


def test_cost_above_what_the_team_thinks_is_much_is_marked(found):
    assert [one.split()[0].rstrip(",") for one in found["much"]] == ["$6.40"]


def test_nothing_that_was_reported_runs_and_no_other_host_is_asked(found):
    assert found["hostile"] == 0
    assert found["hosts"] == ["127.0.0.1"]
    assert found["said"] == []


def test_every_look_fits_its_window_and_axe_finds_nothing(found):
    assert {
        name: look for name, look in found["looks"].items() if look != {"axe": [], "over": 0}
    } == {}

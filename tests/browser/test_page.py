from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def found(play):
    """What the page did; see `page_play.py`."""
    return play("page_play.py")


def test_no_page_breaks_its_policy_or_asks_a_host_that_nobody_named(found):
    assert {name: told["faults"] for name, told in found.items() if told["faults"]} == {}


def test_a_comment_written_without_a_network_is_there_after_a_reload(found):
    assert "waits for your name" in found["alone"]["asked"]
    assert "You" in found["alone"]["author"]
    assert found["alone"]["badge"] == "published copy"


def test_the_owner_who_comes_later_and_the_page_see_each_other(found):
    assert found["meeting"]["came"]
    assert found["meeting"]["badge"].startswith("live")


def test_a_private_repository_is_read_and_written_to_with_the_reviewers_token(found):
    told = found["private"]
    assert "does not exist, or it is private" in told["told"]
    assert "does not let this token write" in told["refused"]
    assert told["sent"] == ["", "Bearer read-only-token", "Bearer writing-token"]


def test_what_somebody_else_wrote_to_the_branch_meanwhile_is_merged_and_nothing_is_lost(found):
    there, history = found["private"]["there"], found["private"]["history"]
    assert {"Why 30?", "Written with a token", "Somebody was faster"} < set(there)
    assert history == ["Ada", "Rita", "Ada"]


def test_axe_finds_nothing_on_the_page_in_light_and_dark_wide_and_narrow(found):
    assert {name: some for name, some in found["sights"]["axe"].items() if some} == {}


def test_a_plan_that_is_published_nowhere_comes_from_its_owner_with_its_evidence(found):
    assert found["unpublished"]["said"] == ""


def test_two_browsers_meet_by_two_texts_without_any_server(found):
    assert found["by hand"]["badge"].startswith("live · direct")


def test_a_comment_is_on_another_page_before_its_change_and_once_when_that_came(found):
    assert found["by hand"]["held"] > 0
    assert found["by hand"]["ahead"] == 1


def test_a_site_that_has_the_plans_itself_works_and_its_reviews_come_by_a_file(found):
    assert re.search(r"Published .* as [0-9a-f]{7}", found["copies"]["published"])
    assert found["copies"]["there"]


def test_a_script_in_the_page_could_tell_nobody_anything(found):
    told = found["policy"]
    assert set(told["blocked"].values()) == {True}
    assert told["violations"] >= 4

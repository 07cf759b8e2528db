from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def found(play):
    """What the two people did; see `share_play.py`."""
    return play("share_play.py")


def test_a_link_is_made_by_keys_copied_and_says_that_it_works_here_only(found):
    assert found["widget"]["copied"]
    assert found["widget"]["warned"]


def test_who_comes_by_it_is_seen_with_role_and_path(found):
    row, badge = found["widget"]["row"], found["widget"]["badge"]
    assert "reviewer · directly" in row or "reviewer · through the relay" in row
    assert badge.endswith("1 peer")


def test_a_link_is_copied_where_the_page_has_no_clipboard(found):
    assert found["panel"]["pasted"].startswith("peerplan://plan?plan=shared#v=1&room=")


def test_who_came_by_a_link_that_was_taken_back_is_told_so(found):
    assert found["panel"]["ben"]["over"] == "revoked"
    assert "taken back" in found["panel"]["detail"]


def test_axe_finds_nothing_and_nothing_runs_out_of_its_room(found):
    for page, what in (("widget", "dialog"), ("widget", "people"), ("panel", "dialog")):
        assert found[page][what]["axe"] == []
        assert found[page][what]["over"]["page"] == 0
        assert max(found[page][what]["over"]["reading"]) <= 0


def test_a_comment_in_a_notebook_has_as_many_lines_as_one_writes(found):
    assert found["widget"]["lines"] == "a\nb"

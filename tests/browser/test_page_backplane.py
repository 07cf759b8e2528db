from __future__ import annotations

import shutil

import pytest

REDIS = shutil.which("redis-server")
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(REDIS is None, reason="redis-server is not installed."),
]


@pytest.fixture(scope="module")
def found(play):
    """What the page and its owner saw; see `page_backplane_play.py`."""
    return play("page_backplane_play.py", str(REDIS))


def test_a_page_and_its_owner_at_different_servers_see_each_other_over_redis(found):
    assert [told["before"] for told in found.values()] == [[1, 1], [1, 1]]


@pytest.mark.parametrize("whose", ["page", "owner"])
def test_both_go_on_at_the_other_server_when_one_is_killed_and_nothing_is_lost(found, whose):
    assert found[whose]["lost"] == []
    assert found[whose]["after"] == 2


def test_no_page_breaks_its_policy_or_asks_a_host_that_nobody_named(found):
    assert {name: told["faults"] for name, told in found.items() if told["faults"]} == {}

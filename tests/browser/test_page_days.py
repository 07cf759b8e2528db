from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def found(play):
    """What the page did; see `page_days_play.py`."""
    return play("page_days_play.py")


def test_no_page_breaks_its_policy_or_asks_a_host_that_nobody_named(found):
    assert {name: told["faults"] for name, told in found.items() if told["faults"]} == {}


def test_a_token_is_kept_in_the_browser_only_when_that_was_chosen(found):
    told = found["tokens"]
    assert told["kept"] == {f"peerplan:token:{told['host']}": "a-token-of-mine"}
    assert told["removed"] == told["not kept"] == {}


def test_a_token_is_sent_to_its_host_and_to_no_other(found):
    asked = found["tokens"]["asked"]
    assert asked["api"] == ["", "Bearer a-token-of-mine"]
    assert asked["raw"]
    assert asked["own"]
    assert {*asked["raw"], *asked["own"]} == {""}


def test_a_turn_server_that_refuses_is_named_where_the_connection_is_explained(found):
    said = found["turn"]["said"]
    if said is None:
        pytest.skip("no network address but loopback")
    assert "its username or credential is wrong or has expired" in said

from __future__ import annotations

import pytest


def test_the_policy_is_shown_and_changed(peerplan, plan):
    before = peerplan("policy", plan, "--json").json
    assert before["policy"] == {"approvals": 1, "excludeAuthor": True}
    changed = peerplan("policy", plan, "--approvals", "2", "--include-author", "--json")
    assert (changed.code, changed.json["plan"]) == (0, plan)
    assert changed.json["policy"] == {"approvals": 2, "excludeAuthor": False}
    assert peerplan("policy", plan, "--exclude-author").code == 0
    told = "Needs 2 approvals, 0 given; the plan's owner does not count."
    assert told in peerplan("policy", plan).out
    assert told in peerplan("show", plan).out


@pytest.mark.parametrize("wish", [["--approvals", "1"], ["--include-author"]])
def test_an_agent_may_look_at_the_policy_but_not_change_it(peerplan, plan, wish):
    assert peerplan("policy", plan, "--agent", "builder").code == 0
    before = peerplan("policy", plan, "--json").json
    refused = peerplan("policy", plan, *wish, "--agent", "builder", "--json")
    assert (refused.code, refused.error["code"]) == (5, "forbidden")
    assert "decisions belong to people" in refused.error["message"]
    assert peerplan("policy", plan, "--json").json == before


@pytest.mark.parametrize("number", ["0", "21", "-1", "two"])
def test_a_number_of_approvals_that_makes_no_sense_is_refused(peerplan, plan, number):
    refused = peerplan("policy", plan, "--approvals", number, "--json")
    assert (refused.code, refused.error["code"]) == (2, "invalid_input")
    assert peerplan("policy", plan, "--json").json["policy"]["approvals"] == 1

from __future__ import annotations

import re
import shutil

import pytest

pytestmark = pytest.mark.timeout(900)
NO_REDIS = shutil.which("redis-server") is None
without_redis = pytest.mark.skipif(NO_REDIS, reason="redis-server is not installed.")
ALONE = ["page_days"]
"""Whether a page hears that a TURN server refuses it before it is linked otherwise is a matter of
moments, and comes out in a browser that is new.
"""
TOGETHER = ["page", "page_trouble", "page_scan"] + ([] if NO_REDIS else ["page_backplane"])


@pytest.fixture(scope="module")
def pages(parts):
    """`pages("page_scan")`: what a play of the static page found; see `page_plays.py`."""
    together = parts("page_plays.py", *TOGETHER)
    played = dict.fromkeys(TOGETHER, together) | {one: parts("page_plays.py", one) for one in ALONE}
    return lambda name: played[name](name)


@pytest.fixture(scope="module")
def page(pages):
    """What the page did; see `page_play.py`."""
    return pages("page")


@pytest.fixture(scope="module")
def trouble(pages):
    """What the page said; see `page_trouble_play.py`."""
    return pages("page_trouble")


@pytest.fixture(scope="module")
def days(pages):
    """What the page did with tokens and a TURN server; see `page_days_play.py`."""
    return pages("page_days")


@pytest.fixture(scope="module")
def scan(pages):
    """What the pages of people who meet by hand did; see `page_scan_play.py`."""
    return pages("page_scan")


@pytest.fixture(scope="module")
def backplane(pages):
    """What the page and its owner saw; see `page_backplane_play.py`."""
    return pages("page_backplane")


@pytest.mark.parametrize("name", [*TOGETHER, *ALONE])
def test_no_page_breaks_its_policy_or_asks_a_host_that_nobody_named(pages, name):
    faults = {one: told.get("faults") for one, told in pages(name).items()}
    assert {one: some for one, some in faults.items() if some} == {}


def test_a_comment_written_without_a_network_is_there_after_a_reload(page):
    assert "waits for your name" in page["alone"]["asked"]
    assert "You" in page["alone"]["author"]
    assert page["alone"]["badge"] == "published copy"


def test_the_owner_who_comes_later_and_the_page_see_each_other(page):
    assert page["meeting"]["came"]
    assert page["meeting"]["badge"].startswith("live")


def test_a_private_repository_is_read_and_written_to_with_the_reviewers_token(page):
    told = page["private"]
    assert "does not exist, or it is private" in told["told"]
    assert "does not let this token write" in told["refused"]
    assert told["sent"] == ["", "Bearer read-only-token", "Bearer writing-token"]


def test_what_somebody_else_wrote_to_the_branch_meanwhile_is_merged_and_nothing_is_lost(page):
    there, history = page["private"]["there"], page["private"]["history"]
    assert {"Why 30?", "Written with a token", "Somebody was faster"} < set(there)
    assert history == ["Ada", "Rita", "Ada"]


def test_axe_finds_nothing_on_the_page_in_light_and_dark_wide_and_narrow(page):
    assert {name: some for name, some in page["sights"]["axe"].items() if some} == {}


def test_a_plan_that_is_published_nowhere_comes_from_its_owner_with_its_evidence(page):
    assert page["unpublished"]["said"] == ""


def test_two_browsers_meet_by_two_texts_without_any_server(page):
    assert page["by hand"]["badge"].startswith("live · direct")


def test_a_comment_is_on_another_page_before_its_change_and_once_when_that_came(page):
    assert page["by hand"]["held"] > 0
    assert page["by hand"]["ahead"] == 1


def test_a_site_that_has_the_plans_itself_works_and_its_reviews_come_by_a_file(page):
    assert re.search(r"Published .* as [0-9a-f]{7}", page["copies"]["published"])
    assert page["copies"]["there"]


def test_a_script_in_the_page_could_tell_nobody_anything(page):
    told = page["policy"]
    assert set(told["blocked"].values()) == {True}
    assert told["violations"] >= 4


@pytest.mark.parametrize(
    ("case", "sentence", "advice"),
    [
        ("html", "is a web page, not a plan", "sign-in"),
        ("missing", "is not published in", "Ask whoever shared the link"),
        ("sign-in", "wants a sign-in", "invitation"),
        ("limited", "asked less often", "Wait some minutes"),
        ("broken", "It answered 500", "try again"),
        ("down", "could not be read", "Check the connection"),
        ("cut", "it was cut off", "publish it again"),
        ("no plan", "is JSON but no plan", "publish it again"),
        ("newer", "was written by a newer peerplan", "build it anew"),
        ("other", "holds a plan with another id", "publish it again"),
        ("invalid", "is not valid at steps.0", "publish it again"),
    ],
)
def test_what_a_host_answers_instead_of_a_plan_is_said_with_what_to_do(
    trouble, case, sentence, advice
):
    assert sentence in trouble["answers"][case]
    assert advice in trouble["answers"][case]
    assert "Try again" in trouble["answers"][case]


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("host", "evil.example"),
        ("repository", "is not published in"),
        ("no plan", "does not say which plan"),
        ("no id", "is not the id of a plan"),
        ("no number", "is not the number of a pull request"),
    ],
)
def test_a_link_that_leads_nowhere_is_refused_before_anything_is_asked(trouble, case, sentence):
    assert sentence in trouble["links"][case]


def test_a_host_with_an_api_tells_whether_the_plan_or_the_branch_is_missing(trouble):
    assert "is not published in" in trouble["hidden"]["plan"]
    assert "has no branch plan-artifacts" in trouble["hidden"]["branch"]


def test_what_was_read_before_is_shown_while_the_host_is_away(trouble):
    assert "could not be read" in trouble["kept"]["said"]
    assert "What is shown was read before" in trouble["kept"]["said"]


def test_a_browser_that_keeps_nothing_or_has_no_room_says_so_and_the_page_works_on(trouble):
    assert "storage is off" in trouble["storage"]["denied"]
    assert "Save as a file" in trouble["storage"]["denied"]
    assert "has no room left" in trouble["storage"]["full"]


def test_evidence_that_differs_or_is_missing_is_shown_as_elsewhere(trouble):
    assert "hash differs" in trouble["evidence"]["differs"]
    assert "the plan records sha256:" in trouble["evidence"]["differs"]
    assert "missing" in trouble["evidence"]["lacks"]


def test_a_plan_can_be_read_when_its_document_cannot_be_loaded(trouble):
    told = trouble["document"]
    assert "could not be loaded" in told["wasm"]
    assert "could not be loaded" in told["script"]
    assert "not in a form that pages take" in told["loro"]


def test_a_rewritten_branch_takes_nothing_away_and_another_plan_is_not_merged(trouble):
    told = trouble["rewritten"]
    assert "was rewritten" in told["rewritten"]
    assert "another history" in told["replaced"]
    assert told["saved"] == "sessions"


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("cut", "The link was cut"),
        ("changed", "was changed"),
        ("expired", "has expired"),
        ("none", "not an invitation"),
        ("strange", "peerplan site build --server wss://rooms.example"),
        ("viewer", "You can read this plan. Ask"),
        ("revoked", "was taken back"),
    ],
)
def test_an_invitation_that_does_not_hold_is_said_and_the_plan_can_be_read(trouble, case, sentence):
    assert sentence in trouble["invitations"][case]


def test_two_browsers_that_scan_each_others_screens_meet_without_any_server(scan):
    assert scan["scan"]["badge"].startswith("live · direct")


def test_a_notebook_and_a_page_meet_by_two_texts_and_see_each_other(scan):
    assert scan["notebook"]["came"]
    assert scan["notebook"]["badge"].startswith("live · direct")
    assert "<svg" in scan["notebook"]["shown"]


def test_the_camera_is_off_once_it_saw_a_code(scan):
    assert scan["scan"]["off"] == [True, True]
    assert scan["camera"]["other off"]


@pytest.mark.parametrize(
    ("case", "sentence", "advice"),
    [
        ("none", "No camera is there.", "The text can be pasted instead."),
        ("hidden", "came over http", "The text can be pasted instead."),
        ("denied", "may not use the camera", "or paste the text"),
        ("other", "is not an introduction into this plan", "by the same invitation"),
    ],
)
def test_a_camera_that_does_not_help_is_said_with_what_to_do(scan, case, sentence, advice):
    assert sentence in scan["camera"][case]
    assert advice in scan["camera"][case]


def test_a_page_that_could_not_load_what_it_takes_to_meet_says_so(scan):
    assert "to meet by hand could not be loaded" in scan["camera"]["cut"]


def test_axe_finds_nothing_at_any_step_in_light_and_dark_wide_and_narrow(scan):
    assert {name: some for name, some in scan["scan"]["axe"].items() if some} == {}


def test_a_token_is_kept_in_the_browser_only_when_that_was_chosen(days):
    told = days["tokens"]
    assert told["kept"] == {f"peerplan:token:{told['host']}": "a-token-of-mine"}
    assert told["removed"] == told["not kept"] == {}


def test_a_token_is_sent_to_its_host_and_to_no_other(days):
    asked = days["tokens"]["asked"]
    assert asked["api"] == ["", "Bearer a-token-of-mine"]
    assert asked["raw"]
    assert asked["own"]
    assert {*asked["raw"], *asked["own"]} == {""}


def test_a_turn_server_that_refuses_is_named_where_the_connection_is_explained(days):
    said = days["turn"]["said"]
    if said is None:
        pytest.skip("no network address but loopback")
    assert "its username or credential is wrong or has expired" in said


@without_redis
def test_a_page_and_its_owner_at_different_servers_see_each_other_over_redis(backplane):
    assert [told["before"] for told in backplane.values()] == [[1, 1], [1, 1]]


@without_redis
@pytest.mark.parametrize("whose", ["page", "owner"])
def test_both_go_on_at_the_other_server_when_one_is_killed_and_nothing_is_lost(backplane, whose):
    assert backplane[whose]["lost"] == []
    assert backplane[whose]["after"] == 2

from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def found(play):
    """What the page said; see `page_trouble_play.py`."""
    return play("page_trouble_play.py")


def test_no_page_breaks_its_policy_or_asks_a_host_that_nobody_named(found):
    faults = {name: told.get("faults") for name, told in found.items()}
    assert {name: some for name, some in faults.items() if some} == {}


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
    found, case, sentence, advice
):
    assert sentence in found["answers"][case]
    assert advice in found["answers"][case]
    assert "Try again" in found["answers"][case]


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
def test_a_link_that_leads_nowhere_is_refused_before_anything_is_asked(found, case, sentence):
    assert sentence in found["links"][case]


def test_a_host_with_an_api_tells_whether_the_plan_or_the_branch_is_missing(found):
    assert "is not published in" in found["hidden"]["plan"]
    assert "has no branch plan-artifacts" in found["hidden"]["branch"]


def test_what_was_read_before_is_shown_while_the_host_is_away(found):
    assert "could not be read" in found["kept"]["said"]
    assert "What is shown was read before" in found["kept"]["said"]


def test_a_browser_that_keeps_nothing_or_has_no_room_says_so_and_the_page_works_on(found):
    assert "storage is off" in found["storage"]["denied"]
    assert "Save as a file" in found["storage"]["denied"]
    assert "has no room left" in found["storage"]["full"]


def test_evidence_that_differs_or_is_missing_is_shown_as_elsewhere(found):
    assert "hash differs" in found["evidence"]["differs"]
    assert "the plan records sha256:" in found["evidence"]["differs"]
    assert "missing" in found["evidence"]["lacks"]


def test_a_plan_can_be_read_when_its_document_cannot_be_loaded(found):
    told = found["document"]
    assert "could not be loaded" in told["wasm"]
    assert "could not be loaded" in told["script"]
    assert "not in a form that pages take" in told["loro"]


def test_a_rewritten_branch_takes_nothing_away_and_another_plan_is_not_merged(found):
    told = found["rewritten"]
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
def test_an_invitation_that_does_not_hold_is_said_and_the_plan_can_be_read(found, case, sentence):
    assert sentence in found["invitations"][case]

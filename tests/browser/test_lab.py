from __future__ import annotations

import json
import subprocess

import pytest

pytestmark = pytest.mark.timeout(900)
PLAYS = ("team", "evidence", "panel", "narrow", "share", "peers", "gate", "widget")
PLACES = ("notebook", "panel", "slit")
THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def lab(parts):
    """What was found in one page of JupyterLab; see `lab_play.py`."""
    return parts("lab_play.py", *PLAYS)


@pytest.fixture(scope="module")
def narrow(lab):
    """What the narrow places did; see `narrow_play.py`."""
    return lab("narrow")


@pytest.fixture(scope="module")
def share(lab):
    """What the two people did; see `share_play.py`."""
    return lab("share")


@pytest.fixture(scope="module")
def team(lab):
    """What the dashboard showed; see `team_play.py`."""
    return lab("team")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_where_there_is_little_room(narrow, place, theme):
    assert narrow[place][theme]["axe"] == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("place", PLACES)
def test_a_narrow_review_does_not_run_out_of_its_room(narrow, place, theme):
    over = narrow[place][theme]["over"]
    assert over["page"] <= 0
    assert over["review"] <= 0
    assert max(over["reading"], default=0) <= 0


def test_a_comment_and_a_verdict_can_be_given_by_keys_in_a_narrow_notebook(narrow):
    assert narrow["notebook"]["there"]


def test_a_comment_and_a_verdict_can_be_given_by_touch_in_a_narrow_panel(narrow):
    assert narrow["panel"]["there"]


def test_a_person_can_ask_for_more_approvals_where_the_plan_stands(narrow):
    assert narrow["panel"]["policy"] == 2


@pytest.mark.parametrize("theme", THEMES)
def test_a_slit_of_a_review_opens_over_the_whole_window(narrow, theme):
    slit = narrow["slit"]
    assert slit["width"] < 100
    assert slit["large"][theme]["axe"] == []
    assert slit["large"][theme]["over"]["review"] <= 0


def test_a_link_is_made_by_keys_copied_and_says_that_it_works_here_only(share):
    assert share["widget"]["copied"]
    assert share["widget"]["warned"]


def test_who_comes_by_it_is_seen_with_role_and_path(share):
    row, badge = share["widget"]["row"], share["widget"]["badge"]
    assert "reviewer · directly" in row or "reviewer · through the relay" in row
    assert badge.endswith("1 peer")


def test_a_link_is_copied_where_the_page_has_no_clipboard(share):
    assert share["panel"]["pasted"].startswith("peerplan://plan?plan=shared#v=1&room=")


def test_who_came_by_a_link_that_was_taken_back_is_told_so(share):
    assert share["panel"]["ben"]["over"] == "revoked"
    assert "taken back" in share["panel"]["detail"]


def test_axe_finds_nothing_and_nothing_runs_out_of_its_room(share):
    for page, what in (("widget", "dialog"), ("widget", "people"), ("panel", "dialog")):
        assert share[page][what]["axe"] == []
        assert share[page][what]["over"]["page"] == 0
        assert max(share[page][what]["over"]["reading"]) <= 0


def test_a_comment_in_a_notebook_has_as_many_lines_as_one_writes(share):
    assert share["widget"]["lines"] == "a\nb"


def test_the_dashboard_follows_what_is_reported(team):
    assert team["numbers"] == ["2", "2", "1", "$10.78"]
    assert any("Completed" in cell for cell in team["row"])


def test_people_are_shown_with_their_presence_and_what_they_cost(team):
    by_name = {one[0]: [line for line in one[1:] if line] for one in team["people"]}
    assert by_name["Ada Lovelace"] == ["working · TASK-AD-003", "$2.07"]
    assert by_name["Diana Prince"][0].startswith("away · ")
    assert by_name["Diana Prince"][1] == "$0.004"


def test_cost_above_what_the_team_thinks_is_much_is_marked(team):
    assert [one.split()[0].rstrip(",") for one in team["much"]] == ["$6.40"]


def test_nothing_that_was_reported_runs_and_no_other_host_is_asked(team):
    assert team["hostile"] == 0
    assert team["hosts"] == ["127.0.0.1"]
    assert team["said"] == []


def test_every_look_fits_its_window_and_axe_finds_nothing(team):
    assert {
        name: look for name, look in team["looks"].items() if look != {"axe": [], "over": 0}
    } == {}


@pytest.fixture(scope="module")
def evidence(lab):
    """What the viewers did; see `evidence_play.py`."""
    return lab("evidence")


@pytest.fixture(scope="module")
def panel(lab):
    """What the panel and a widget did; see `panel_play.py`."""
    return lab("panel")


def test_a_diff_is_counted_and_folds(evidence):
    assert evidence["diff"]["counts"] == "1 file · +10 \N{MINUS SIGN}7"


def test_results_are_listed_with_their_sum(evidence):
    assert evidence["tests"]["words"].split("\n") == ["7 tests", "7 passed"]


def test_a_long_log_is_drawn_as_far_as_it_is_seen_in_its_colours(evidence):
    assert 0 < evidence["logs"]["drawn"] < 200
    assert evidence["logs"]["yellow"] == "WARN"


def test_a_picture_grows_to_its_own_size_at_a_press(evidence):
    assert evidence["picture"]["fitted"] < evidence["picture"]["full"] == 720


def test_a_notebook_shows_what_its_cells_printed(evidence):
    assert "redis   p50 0.9" in evidence["notebook"]["output"]


def test_a_recording_plays_from_where_one_likes(evidence):
    assert evidence["recording"] == {"width": 320, "at": 1, "error": None}


def test_a_page_is_drawn_and_runs_nothing(evidence):
    assert evidence["page"]["ran"] is False


def test_what_has_no_preview_is_downloaded_as_it_is(evidence):
    assert evidence["archive"] == {
        "words": "This kind of file is not shown here.",
        "name": "bundle.zip",
        "same": True,
    }


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_in_the_viewers(evidence, theme):
    assert evidence[theme] == []


def test_nothing_in_a_hostile_plan_runs(panel):
    assert panel["hostile"]["ran"] == 0
    assert panel["hostile"]["scripts"] == 0
    assert panel["hostile"]["title"].startswith("<img src=x")


def test_a_plan_makes_the_page_ask_no_other_host(panel):
    assert panel["hostile"]["asked"] > 0
    assert panel["hostile"]["hosts"] == []


def test_axe_finds_nothing_in_the_panel(panel):
    assert panel["hostile"]["axe"] == []


def test_a_person_can_comment_in_the_widget_while_a_cell_runs(panel):
    assert panel["busy"]["found"]
    assert "*" in panel["busy"]["prompt"]


def test_a_person_sees_how_far_a_comment_came_on_its_way_to_the_agent(panel):
    rungs = ["sent", "received", "read", "addressed"]
    assert panel["ladder"] == [rungs[:1], rungs[:2], rungs[:3], rungs]


def test_tasks_stand_beside_the_plans_and_open_their_reviews(panel):
    tasks = panel["hostile"]["tasks"]
    assert "<img src=x" in tasks["rows"][0]
    assert "TASK-AM-001" in tasks["rows"][0]
    assert tasks["rows"][1].startswith("? unreadable")
    assert tasks["dashboard"].endswith("/peerplan/team")
    assert tasks["axe"] == []


@pytest.fixture(scope="module")
def widget(lab):
    """What the widgets did; see `widget_play.py`."""
    return lab("widget")


def test_a_restart_of_the_kernel_takes_neither_the_words_nor_the_connection(widget):
    assert widget["calm"]["restart"]["kept"] == "Written before the restart"
    assert widget["calm"]["restart"]["badge"] == "live · Jupyter server"
    assert widget["calm"]["restart"]["there"]


def test_a_person_can_comment_after_the_kernel_has_ended(widget):
    assert widget["calm"]["ended"]["badge"] == "live · Jupyter server"
    assert widget["calm"]["ended"]["there"]


def test_without_the_server_a_restart_is_told_and_the_next_run_sends_what_was_written(widget):
    assert "Run the cell again" in widget["alone"]["told"]
    assert widget["alone"]["there"]
    assert widget["alone"]["kept"]


def test_without_the_server_a_kernel_answers_while_a_cell_runs(widget):
    assert widget["alone"]["busy"]


def test_what_is_written_while_the_server_is_away_is_sent_when_it_is_back(widget):
    assert widget["server"]["kept"] == "Written while the server was away"
    assert widget["server"]["there"]


@pytest.fixture(scope="module")
def gate(lab):
    """What came of the example; see `gate_play.py`."""
    return lab("gate")


def published(remote: str) -> dict:
    """The plan as it rests on the remote's plan branch."""
    listed = subprocess.run(
        ["git", "-C", remote, "ls-tree", "-r", "--name-only", "plan-artifacts"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    (path,) = [name for name in listed if name.endswith("/plan.json")]
    done = subprocess.run(
        ["git", "-C", remote, "show", f"plan-artifacts:{path}"], capture_output=True, check=True
    )
    return json.loads(done.stdout)["plan"]


def test_an_approval_in_the_widget_of_one_person_lets_the_run_of_another_go_on(gate):
    assert "review: passed by Robin (human gate)." in gate["ended"]
    assert "Alice's run ended with 0" in gate["ended"]
    plan = published(gate["remote"])
    assert plan["status"] == "approved"
    assert [(one["verdict"], one["summary"]) for one in plan["reviews"]] == [
        ("changes_requested", "Moin is for the north only."),
        ("approved", "That is how everybody says it."),
    ]


@pytest.fixture(scope="module")
def peers(lab):
    """What the three did; see `peers_play.py`."""
    return lab("peers")


def test_a_reviewers_comment_on_the_page_wakes_the_agent_at_its_server(peers):
    heard = peers["heard"]
    assert (heard["author"], heard["type"]) == ("Rita", "question")


def test_the_reviewers_page_and_the_author_are_linked_directly(peers):
    assert peers["rita"].startswith("live · direct")
    assert "reviewer · directly" in peers["row"]


def test_at_the_end_all_hold_the_plan_that_the_server_published(peers):
    plans = peers["plans"]
    assert plans["published"]["status"] == "approved"
    [annotation] = plans["published"]["annotations"]
    assert annotation["state"] == "resolved"
    assert annotation["disposition"]["value"] == "applied"
    for name, plan in plans.items():
        assert plan == plans["published"], name

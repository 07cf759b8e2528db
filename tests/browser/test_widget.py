from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def found(play):
    """What the widgets did; see `widget_play.py`."""
    return play("widget_play.py")


def test_a_restart_of_the_kernel_takes_neither_the_words_nor_the_connection(found):
    assert found["calm"]["restart"]["kept"] == "Written before the restart"
    assert found["calm"]["restart"]["badge"] == "live · Jupyter server"
    assert found["calm"]["restart"]["there"]


def test_a_person_can_comment_after_the_kernel_has_ended(found):
    assert found["calm"]["ended"]["badge"] == "live · Jupyter server"
    assert found["calm"]["ended"]["there"]


def test_without_the_server_a_restart_is_told_and_the_next_run_sends_what_was_written(found):
    assert "Run the cell again" in found["alone"]["told"]
    assert found["alone"]["there"]
    assert found["alone"]["kept"]


def test_without_the_server_a_kernel_answers_while_a_cell_runs(found):
    assert found["alone"]["busy"]


def test_what_is_written_while_the_server_is_away_is_sent_when_it_is_back(found):
    assert found["server"]["kept"] == "Written while the server was away"
    assert found["server"]["there"]

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def found(chromium, tmp_path_factory):
    """What the pages did; see `panel_play.py`."""
    folder = tmp_path_factory.mktemp("panel") / "kept"
    script = Path(__file__).with_name("panel_play.py")
    done = subprocess.run(
        [sys.executable, str(script), str(folder), str(chromium)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_nothing_in_a_hostile_plan_runs(found):
    assert found["hostile"]["ran"] == 0
    assert found["hostile"]["scripts"] == 0
    assert found["hostile"]["title"].startswith("<img src=x")


def test_a_plan_makes_the_page_ask_no_other_host(found):
    assert found["hostile"]["hosts"] == []


def test_axe_finds_nothing_in_the_panel(found):
    assert found["hostile"]["axe"] == []


def test_a_person_can_comment_in_the_widget_while_a_cell_runs(found):
    assert found["busy"]["found"]
    assert "*" in found["busy"]["prompt"]


def test_a_person_sees_how_far_a_comment_came_on_its_way_to_the_agent(found):
    rungs = ["sent", "received", "read", "addressed"]
    assert found["ladder"] == [rungs[:1], rungs[:2], rungs[:3], rungs]

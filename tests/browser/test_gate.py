from __future__ import annotations

import json
import subprocess

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def found(play):
    """What came of the example; see `gate_play.py`."""
    return play("gate_play.py")


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


def test_an_approval_in_the_widget_of_one_person_lets_the_run_of_another_go_on(found):
    assert "review: passed by Bob (human gate)." in found["ended"]
    assert "Alice's run ended with 0" in found["ended"]
    plan = published(found["remote"])
    assert plan["status"] == "approved"
    assert [(one["verdict"], one["summary"]) for one in plan["reviews"]] == [
        ("changes_requested", "Moin is for the north only."),
        ("approved", "That is how everybody says it."),
    ]

"""The whole loop, as its two programs play it: an agent over MCP, a reviewer in a browser.

The browser is driven in a process of its own: Playwright's event loop and pytest-jupyter's cannot
live in one.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

FOLDER = "pr-12/plan-redis-sessions"
COMMAND = "from peerplan_jupyter.cli import main; main()"


@pytest.fixture(scope="module")
def played(chromium, tmp_path_factory):
    """One play: its events, its exit code, and a function that reads its remote."""
    kept = tmp_path_factory.mktemp("demo") / "kept"
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "demo", "--play", "--json", "--keep", str(kept)],
        env={**os.environ, "PEERPLAN_CHROMIUM": str(chromium)},
        capture_output=True,
        check=False,
    )

    def show(path):
        git = ["git", "-C", str(kept / "remote.git"), "show", f"plan-artifacts:{FOLDER}/{path}"]
        return subprocess.run(git, check=True, capture_output=True).stdout

    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"{events[-6:]}\n{done.stderr.decode()}"
    plan = json.loads(show("plan.json"))["plan"]
    return SimpleNamespace(events=events, plan=plan, show=show, kept=kept)


pytestmark = pytest.mark.timeout(300)


def test_the_remote_holds_the_approved_plan(played):
    plan = played.plan
    assert plan["status"] == "approved"
    assert plan["review"]["digest"] == plan["revisions"][-1]["digest"]
    assert plan["revisions"][-1]["number"] == 2
    assert plan["identities"][plan["review"]["author"]]["kind"] == "human"


def test_every_artifact_on_the_remote_has_its_hash(played):
    artifacts = played.plan["artifacts"]
    kinds = {one["type"] for one in artifacts}
    assert kinds == {"screenshot", "test_results", "log", "diff", "notebook", "recording"}
    for one in artifacts:
        file = one["url"].rsplit("/", 1)[-1]
        assert file == one["file"]
        assert one["hash"] == f"sha256:{hashlib.sha256(played.show(file)).hexdigest()}"


def test_the_comment_made_in_the_browser_is_there_with_the_agents_answer(played):
    (annotation,) = played.plan["annotations"]
    people = played.plan["identities"]
    assert annotation["target"]["quote"]["exact"] == "Sessions expire after 24 hours."
    assert annotation["anchor"]["state"] == "anchored"
    assert people[annotation["author"]] == {"name": "Robin Reviewer", "kind": "human"}
    (reply,) = annotation["replies"]
    assert people[reply["author"]]["kind"] == "agent"
    assert (annotation["disposition"]["value"], annotation["state"]) == ("applied", "resolved")
    assert annotation["receipt"]["read"]
    assert "seven days" in played.plan["content"]


def test_the_agent_hears_before_the_reviewer_sees_its_answer(played):
    at = {}
    for one in played.events:
        at.setdefault(one["event"], one["elapsed"])
    assert at["selected"] < at["heard"] < at["saw_reply"] < at["saw_disposition"] < at["resolved"]
    assert at["resolved"] < at["verdict"]


def test_every_event_says_who_and_when(played):
    assert {one["who"] for one in played.events} == {"demo", "server", "agent", "reviewer"}
    times = [one["at"] for one in played.events]
    assert times == sorted(times)


def test_the_clone_is_left_as_it_was(played):
    status = subprocess.run(
        ["git", "-C", str(played.kept / "work"), "status", "--porcelain"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert status == "?? review.ipynb\n"

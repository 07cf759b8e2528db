"""A team whose server is not there: git decides everything, and the work goes on."""

from __future__ import annotations

import socket

import pytest


@pytest.fixture
def nowhere() -> str:
    """The address of a server that does not answer."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/"


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        ("task_id: {mode: p2p}\nteam: {server_url: 'URL'}\n", "team"),
        (
            "team:\n  mode: p2p\n  server: URL\n  sync:\n    tasks: true\n    resources: false\n",
            "p2p",
        ),
    ],
    ids=["server_url", "as the migration is written"],
)
def test_a_team_begins_runs_and_lists_tasks_without_its_server(
    orc, team, begins, nowhere, settings, mode
):
    (team / ".orc/shared/config.yaml").write_text(settings.replace("URL", nowhere))
    status = orc("status", "--json").json
    assert (status["mode"], status["server_url"]) == (mode, nowhere)
    assert begins() == "TASK-AM-001"
    done = orc("run", "TASK-AM-001", "--yes", "--command", "true")
    assert done.code == 0, done.err
    warned = [line for line in done.err.splitlines() if "server" in line and "old name" not in line]
    assert len(warned) == 1, done.err
    assert "TASK-AM-001  completed" in orc("list", "--team").out

"""A team that has no server: nothing but git reaches beyond the machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ALONE = """
import sys

def watch(event, args):
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"):
        sys.stderr.write(f"network: {event} {args}\\n")
        sys.stderr.flush()
        __import__("os")._exit(99)

sys.addaudithook(watch)
from peerplan_jupyter.cli.orc import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize("there", [True, False], ids=["remote", "no remote"])
def test_a_team_without_a_server_opens_no_connection_and_goes_on_without_a_remote(
    team, tmp_path, there
):
    if not there:
        (tmp_path / "remote.git").rename(tmp_path / "gone.git")
    for args in (
        ("new", "Add a dashboard"),
        ("run", "TASK-AM-001", "--yes", "--command", "true"),
        ("list", "--team"),
        ("status",),
        ("team", "members"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", ALONE, *args],
            cwd=team, env={**os.environ}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

"""A team that has no server: nothing but git reaches beyond the machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ...support.nursery import ROOT
from ...support.orc import OrcProcess
from . import alone


@pytest.mark.parametrize("there", [True, False], ids=["remote", "no remote"])
def test_a_team_without_a_server_opens_no_connection_and_goes_on_without_a_remote(
    team, begins, tmp_path, there
):
    if not there:
        (tmp_path / "remote.git").rename(tmp_path / "gone.git")
    begins()
    for args in (
        ("new", "Add a dashboard"),
        ("run", "TASK-AM-001", "--yes", "--command", "true"),
        ("list", "--team"),
        ("status",),
        ("team", "members"),
    ):
        done = OrcProcess(team, *args, module=alone.__name__).end()
        assert done.code == 0, done.err


def test_nor_does_a_command_open_one_as_it_is_imported(team):
    done = subprocess.run(
        [sys.executable, "-m", alone.__name__, "status"],
        cwd=team,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr

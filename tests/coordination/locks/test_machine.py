from __future__ import annotations

import subprocess
import sys

import pytest

from peerplan_jupyter.coordination.locks.machine import machine_id
from peerplan_jupyter.errors import StorageError


def test_an_id_is_made_once_and_kept(tmp_path):
    folder = tmp_path / "home" / ".orc"
    made = machine_id(folder)
    assert len(made) == 32
    assert machine_id(folder) == made
    assert machine_id(tmp_path / "other") != made
    assert [path.name for path in folder.iterdir()] == ["machine-id"]


def test_processes_that_ask_at_once_get_one_id(tmp_path):
    script = (
        "import sys, pathlib\nfrom peerplan_jupyter.coordination.locks.machine import machine_id\n"
        "sys.stdin.read()\nfor n in range(50): print(machine_id(pathlib.Path(sys.argv[1], str(n))))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    players = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for one in players:
        one.stdin.close()
        one.stdin = None
    said = {one.communicate()[0] for one in players}
    assert len(said) == 1
    assert len(set(said.pop().split())) == 50


def test_an_id_that_somebody_broke_is_told(tmp_path):
    (tmp_path / "machine-id").write_text("laptop\n")
    with pytest.raises(StorageError, match="holds 'laptop', and not 32"):
        machine_id(tmp_path)

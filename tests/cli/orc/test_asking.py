"""What people are asked at a terminal, by real processes at a real one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pty = pytest.importorskip("pty")


@pytest.fixture
def at_terminal() -> Callable[..., tuple[int, str]]:
    """Run `orc` with a terminal to be asked at, where `typed` is typed; its exit code and all that
    it said.
    """

    def run(folder: Path, typed: str, *args: str) -> tuple[int, str]:
        here, there = pty.openpty()
        os.write(here, typed.encode())
        try:
            done = subprocess.run(
                [sys.executable, "-m", "peerplan_jupyter.cli.orc", *args],
                cwd=folder, stdin=there, capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
        finally:
            os.close(here)
            os.close(there)
        return done.returncode, done.stdout + done.stderr

    return run


def test_who_joins_is_asked_for_name_and_initials_with_suggestions(at_terminal, team, monkeypatch):
    monkeypatch.delenv("ORC_INITIALS")
    code, said = at_terminal(team, "Grace Hopper\n\n", "team", "join", "--no-fetch")
    assert code == 0, said
    assert "Your name [Ada]" in said
    assert "Your initials [GH]" in said
    assert (team / ".orc/shared/members/GH.yaml").exists()


def test_who_says_no_has_not_agreed_and_who_says_yes_is_asked_no_more(at_terminal, team):
    (team / ".orc/config.yaml").write_text("run: {command: ./agent}\n")
    code, said = at_terminal(team, "n\n", "trust")
    assert (code, "+./agent" in said) == (1, True)
    assert at_terminal(team, "y\n", "trust")[0] == 0
    assert "nothing new" in at_terminal(team, "", "trust")[1]

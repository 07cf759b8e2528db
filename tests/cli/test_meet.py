"""`peerplan meet`, each side of it a process with a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

NOWHERE = "ws://127.0.0.1:9/"


class Side:
    """A `peerplan meet --json` that runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def says(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        return dict(json.loads(self._process.stdout.readline()))

    def complains(self) -> str:
        assert self._process.stderr is not None
        return str(json.loads(self._process.stderr.readline())["error"]["message"])

    def hears(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


@contextmanager
def meeting(home: Path, *args: str) -> Iterator[Side]:
    command = [sys.executable, "-m", "peerplan_jupyter.cli", "meet", *args, "--json"]
    with subprocess.Popen(
        command,
        env={**os.environ, "PEERPLAN_HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Side(process)
        finally:
            process.terminate()


def test_two_terminals_meet_by_two_texts_and_the_plan_comes(peerplan, plan, tmp_path) -> None:
    link = peerplan("invite", plan, "--server", NOWHERE, "--json").json["url"]
    here, there = Path(os.environ["PEERPLAN_HOME"]), tmp_path / "there"
    with meeting(here, plan) as ada, meeting(there, link, "--answer") as ben:
        text = ada.says()["text"]
        ben.hears(text[:-9])
        assert "is not an introduction into this plan" in ben.complains()
        ben.hears(text)
        ada.hears(ben.says()["text"])
        assert ada.says()["plan"] == ben.says()["plan"] == plan
        with Workspace(Home.under(there)) as workspace:
            assert workspace.peer.call(lambda plans: plans.has(plan))


def test_a_plan_to_which_nobody_was_invited_meets_nobody(peerplan, plan) -> None:
    refused = peerplan("meet", plan, "--json")
    assert refused.code == 3
    assert "Nobody was invited" in refused.error["message"]


def test_an_input_that_ends_is_told(peerplan, plan, monkeypatch) -> None:
    peerplan("invite", plan, "--server", NOWHERE)
    monkeypatch.setattr("sys.stdin", iter(["", "What?\n"]))
    ended = peerplan("meet", plan, "--answer")
    assert ended.code == 2
    assert "is not an introduction" in ended.err
    assert "The input ended before the text came." in ended.err

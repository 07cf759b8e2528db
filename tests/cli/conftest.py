from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from peerplan_jupyter.cli import main
from peerplan_jupyter.cli.orc import main as orc_main

from ..support.repositories import git, make_clone, make_remote, own_git_configuration

__all__ = ["git", "make_clone", "make_remote", "own_git_configuration"]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err)["error"]


@pytest.fixture
def peerplan(capsys) -> Callable[..., Ran]:
    """Run a command line to its end."""

    def run(*args: str | Path) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in args])
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def orc(capsys) -> Callable[..., Ran]:
    """Run a command line of `orc` to its end."""

    def run(*args: str | Path) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            orc_main([str(one) for one in args])
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def repository(make_remote, make_clone, monkeypatch) -> Path:
    """A clone with its bare remote beside it; commands run in it."""
    work = make_clone(make_remote())
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def plan(peerplan, repository) -> str:
    """A plan of the agent `builder` in the repository."""
    made = peerplan(
        "new", "Sessions", "--id", "sessions", "--pr", "7", "--step", "Store", "--agent", "builder"
    )
    assert made.code == 0, made.err
    return "sessions"

"""Commands that are imported when they are named: what help says of the others has to be true."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from importlib import import_module

import pytest
import typer

from peerplan_jupyter.cli.app import app
from peerplan_jupyter.cli.orc.app import app as orc_app

_PROGRAMS = {"peerplan": typer.main.get_command(app), "orc": typer.main.get_command(orc_app)}
LAZY = {
    f"{program} {name}": (name, one, group.lazy.package)
    for program, group in _PROGRAMS.items()
    for name, one in group.lazy.table.items()
}
PARTS = {"app", "entry", "exits", "lazy", "output", "quick"}
"""What every command line needs of `cli/`."""


def imported(*args):
    """The modules that a whole process imports for a command line."""
    code = (
        "import json, sys\n"
        "from peerplan_jupyter.cli.app import run\n"
        f"run({[*args]!r})\n"
        "print()\n"
        "print(json.dumps([*sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def of_the_cli(modules):
    package = "peerplan_jupyter.cli."
    return {one.removeprefix(package) for one in modules if one.startswith(package)}


@pytest.mark.parametrize("command", LAZY)
def test_a_command_has_the_name_and_the_summary_that_help_shows(command):
    name, one, package = LAZY[command]
    module = import_module(one.module, package)
    group = getattr(module, "app", None)
    told = inspect.getdoc(module.run) if group is None else group.info.help
    assert (module.NAME, told.splitlines()[0]) == (name, one.summary)


def test_help_shows_every_command_with_its_whole_summary(peerplan, orc):
    shown = {
        "peerplan_jupyter.cli": " ".join(peerplan("--help").out.split()),
        "peerplan_jupyter.cli.orc": " ".join(orc("--help").out.split()),
    }
    for name, one, package in LAZY.values():
        assert f" {name} {one.summary} " in shown[package]


def test_help_imports_no_command():
    assert of_the_cli(imported("--help")) == PARTS


def test_a_command_imports_no_other_one_and_parses_without_pydantic():
    modules = imported("request-review", "--help")
    assert of_the_cli(modules) == PARTS | {"request_review", "context", "options"}
    assert not modules & {"pydantic", "rich", "asyncio"}


def test_a_name_that_is_almost_a_command_is_answered_with_the_command(peerplan):
    refused = peerplan("publsh")
    assert refused.code == 2
    assert "Did you mean 'publish'" in refused.err

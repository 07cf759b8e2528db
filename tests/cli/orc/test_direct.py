"""`orc list` is begun in two ways, which have to come to the same."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import combinations

import pytest
import typer

from peerplan_jupyter.cli.orc import direct
from peerplan_jupyter.cli.orc.app import app, run

COMMAND = typer.main.get_command(app).commands["list"]
OPTIONS = sorted(direct.OPTIONS)
LINES = [line for count in range(4) for line in combinations(OPTIONS, count)]


def test_the_options_are_those_of_the_command():
    known = {word for one in COMMAND.params for word in one.opts if one.name != "help"}
    assert known == set(OPTIONS)
    assert {one.name for one in COMMAND.params} - {"help"} == set(direct.OPTIONS.values())


@pytest.mark.parametrize("line", LINES)
def test_a_command_line_means_what_it_means_to_typer(line):
    parsed = COMMAND.make_context("list", list(line)).params
    given = direct.list_options(["list", *line])
    assert {name: True for name, value in parsed.items() if value} == given


@pytest.mark.parametrize(
    "line", ["", "--help", "show", "list --help", "list --teams", "list here", "--json list"]
)
def test_every_other_command_line_is_parsed(line):
    assert direct.list_options(line.split()) is None


@pytest.mark.parametrize("line", [["list"], ["list", "--json"], ["list", "--team", "--no-fetch"]])
def test_a_list_reads_the_same_both_ways(team, capsys, line):
    assert run(["new", "Add authentication"]) == 0
    said = []
    for way in (run, direct.run):
        capsys.readouterr()
        assert way(line) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert "Add authentication" in said[0]


def test_an_error_reads_the_same_both_ways(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for line in (["list"], ["list", "--json"]):
        said = []
        for way in (run, direct.run):
            assert way(line) == 3
            said.append(capsys.readouterr().err)
        assert said[0] == said[1]
        assert "is not in a git repository" in said[0]


def test_a_warm_list_imports_nothing_that_is_slow(team):
    assert run(["new", "Add authentication"]) == 0
    asked = (
        "import json, sys\n"
        "from peerplan_jupyter.cli.orc import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    print(end.code)\n"
        "print(json.dumps([*sys.modules]))\n"
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", asked, "list"], capture_output=True, text=True, check=True
        )
        line, code, modules = done.stdout.splitlines()
    assert (line.split()[0], code) == ("TASK-AM-001", "0")
    slow = {"typer", "rich", "yaml", "pydantic", "git", "filelock", "secrets", "hashlib"}
    assert not slow & set(json.loads(modules))

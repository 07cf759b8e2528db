"""What `docs/coordination.md` lists is what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from peerplan_jupyter.cli.exits import OF_TASKS, exit_codes
from peerplan_jupyter.coordination.config.layers import _environment
from peerplan_jupyter.coordination.config.schema import Config
from peerplan_jupyter.coordination.running.errors import LeasedError
from peerplan_jupyter.errors import NotFoundError

DOCS = (Path(__file__).parents[3] / "docs/coordination.md").read_text("utf-8")


def settings(section: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from settings(kind, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def rows(heading: str) -> list[list[str]]:
    part = DOCS.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| `")]
    return [line.strip("|").split(" | ") for line in lines]


def test_every_setting_is_documented_and_no_other():
    table = rows("Settings")
    named = {one for row in table for one in re.findall(r"`([a-z_.]+)`", row[0])}
    assert named | {"team.server"} == {*settings(Config)}
    told = " ".join(cell for row in table for cell in row)
    assert {*re.findall(r"`(ORC_[A-Z_]+)`", told)} == {*_environment}


def test_every_exit_code_is_documented_and_a_lease_is_told_from_a_task_that_is_not_there():
    table = dict(re.findall(r"^\| (\d+) \| (.+?) \|$", DOCS, re.MULTILINE))
    assert {int(code): meaning for code, meaning in table.items()} == exit_codes(OF_TASKS)
    assert LeasedError.code in table[str(LeasedError.exit_code)]
    assert NotFoundError.code in table[str(NotFoundError.exit_code)]


def test_every_command_answers_programs_with_the_names_that_are_documented(orc, team):
    table = {cells[0].strip(" `"): cells[1] for cells in rows("For programs")}
    names = {command: {*re.findall(r"`(\w+)`", told)} for command, told in table.items()}
    asked = {
        "orc team init": "team init", "orc team join": "team join --initials BJ --name Bo",
        "orc new": "new One", "orc list": "list", "orc status": "status", "orc gc": "gc",
        "orc unlock": "unlock 1", "orc doctor": "doctor", "orc trust": "trust",
        "orc team members": "team members", "orc team sync": "team sync",
        "orc team leave": "team leave --anyway",
    }  # fmt: skip
    for command, line in asked.items():
        done = orc(*line.split(), "--json")
        assert done.err == "", command
        assert {*done.json} == names[command], command
    assert {*asked} | {"orc show", "orc run", "orc watch", "orc config"} == {*table}
    (task,) = orc("list", "--json").json["tasks"]
    each = DOCS.split("Each of `tasks` has ")[1].split(".\n", 1)[0]
    assert {*re.findall(r"`(\w+)`", each)} == {*task}
    assert {*orc("show", "TASK-AM-001", "--json").json} == {*task, "phases", "others"}
    assert {*orc("config", "git.remote", "--json").json["git.remote"]} == {"value", "source"}


def test_what_stops_nothing_is_a_warning_to_people_and_to_programs(orc, team, git, tmp_path):
    git(team, "branch", "orc/TASK-AM-009-am")
    (team / ".orc/shared/members").mkdir()
    (team / ".orc/shared/members/BJ.yaml").write_text("name: [Ben\n")
    (team / ".orc/local").mkdir()
    (team / ".orc/local/config.yaml").write_text("locks:\n  ttl: 5\n")
    (tmp_path / "remote.git").rename(tmp_path / "gone.git")
    said = {}
    for line in ("team members", "status", "new One", "gc", "team join --initials CC --name Cy"):
        done = orc(*line.split(), "--json")
        told = [one.removeprefix("Warning: ") for one in done.err.splitlines()]
        assert {*done.json["warnings"]} <= {*told}, line
        said[line.split()[-1]] = " ".join(done.json["warnings"])
    assert "BJ.yaml" in said["members"]
    assert "locks.ttl is not taken" in said["status"]
    assert "may get the same id" in said["One"]
    assert "What is pushed is not known" in said["gc"]
    assert "Who has joined meanwhile is not known" in said["Cy"]

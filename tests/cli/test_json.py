"""`--json` at every command that there is."""

from __future__ import annotations

import pytest
import typer

from peerplan_jupyter.cli.app import app
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.settings import settings_file

FAILING = {
    "attach": ["nowhere", "README.md"],
    "clean": ["--repo", "/"],
    "completion": ["tcsh"],
    "demo": ["--keep", "."],
    "import": ["nowhere.review.json"],
    "invite": ["nowhere"],
    "list": [],
    "mcp": [],
    "meet": ["nowhere"],
    "new": ["T"],
    "open": ["nowhere"],
    "policy": ["nowhere"],
    "publish": ["nowhere"],
    "request-review": ["nowhere"],
    "revoke": ["nowhere", "nobody"],
    "room-server": ["--limit", "many"],
    "show": ["nowhere"],
    "site build": ["."],
    "site publish": ["--folder", ".."],
    "wait": ["nowhere"],
}
"""What each command cannot do where the settings are broken; doctor can do all it does."""


ORC = {"task", "team"}
"""Their commands ask for no settings of plans."""


def commands(group, *above):
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, *above, name)
        else:
            yield " ".join([*above, name])


COMMANDS = sorted(commands(typer.main.get_command(app)))


def test_every_command_is_known_here():
    own = {one for one in COMMANDS if one.split()[0] not in ORC}
    assert {*FAILING, "doctor"} == own


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_json_and_says_bad_usage_in_one_object(peerplan, repository, command):
    refused = peerplan(*command.split(), "--json", "--no-such-option")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.count("\n") == 1
    assert refused.error["code"] == "invalid_input"
    assert "--no-such-option" in refused.error["message"]


@pytest.mark.parametrize("command", FAILING)
def test_every_command_says_an_error_in_one_object(peerplan, repository, command):
    settings_file(Home.default()).write_text("a file that should not be here")
    refused = peerplan(*command.split(), *FAILING[command], "--json")
    assert (refused.code > 1, refused.out) == (True, "")
    assert refused.err.count("\n") == 1
    assert set(refused.error) == {"code", "message", "hint", "data"}
    assert refused.error["message"]


def test_doctor_says_in_its_object_what_is_broken(peerplan, repository):
    settings_file(Home.default()).write_text("a file that should not be here")
    told = peerplan("doctor", "--json")
    assert (told.code, told.err, told.json["ok"]) == (1, "", False)

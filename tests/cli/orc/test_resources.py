from __future__ import annotations

import pytest


def test_the_prompt_that_is_used_is_shown_with_whose_it_is(orc, team):
    assert orc("prompt", "show", "implement", "--json").json["source"] == "Builtin"
    place = team / ".orc/shared/prompts/implement.md"
    place.parent.mkdir()
    place.write_text("Do it\x1b[2J well.\n")
    done = orc("prompt", "show", "implement")
    assert done.out == "Do it\N{REPLACEMENT CHARACTER}[2J well.\n"
    assert "TeamShared" in done.err


def test_every_place_is_explained(orc, team, tmp_path):
    own = tmp_path / "orc-home/prompts/implement.md"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    found = orc("prompt", "show", "implement", "--explain", "--json").json["candidates"]
    assert [(one["source"], one["state"]) for one in found] == [
        ("PersonalGlobal", "used"),
        ("PersonalProject", "absent"),
        ("TeamShared", "absent"),
        ("Builtin", "hidden"),
    ]
    assert "PersonalGlobal" in orc("prompt", "show", "implement", "--explain").out


@pytest.mark.parametrize(
    ("word", "kind", "names"),
    [
        ("prompt", "prompts", {"implement", "test", "review"}),
        ("skill", "skills", {"company-style", "code-review"}),
        ("template", "templates", {"feature", "bugfix", "spike"}),
    ],
)
def test_what_there_is_is_listed(orc, team, word, kind, names):
    found = orc(word, "list", "--json").json[kind]
    assert names <= {one["name"] for one in found}
    assert {one["source"] for one in found} == {"Builtin"}
    assert sorted(names)[0] in orc(word, "list").out


def test_what_cannot_be_read_is_listed_as_such_and_an_error_to_show(orc, team):
    place = team / ".orc/shared/prompts/implement.md"
    place.parent.mkdir()
    place.write_bytes(b"\xff")
    listed = orc("prompt", "list", "--json").json["prompts"]
    assert {one["name"]: one["source"] for one in listed}["implement"] == "unusable"
    done = orc("prompt", "show", "implement", "--json")
    assert (done.code, done.error["code"]) == (2, "invalid_input")
    assert str(place) in done.error["message"]


def test_an_unknown_name_is_an_error_and_a_path_no_name(orc, team):
    assert orc("skill", "show", "deploy", "--json").code == 3
    assert orc("template", "show", "../config", "--json").code == 2


def test_what_the_repository_brings_is_agreed_to_once(orc, team):
    (team / ".orc/shared/skills/deploy").mkdir(parents=True)
    (team / ".orc/shared/skills/deploy/SKILL.md").write_text("Carefully.\n")
    (team / ".orc/config.yaml").write_text("run: {command: ./agent}\n")
    found = orc("trust", "--json").json
    assert not found["agreed"]
    assert [(one["kind"], one["name"]) for one in found["items"]] == [
        ("skill", "deploy"),
        ("command", "run.command"),
    ]
    unasked = orc("trust")
    assert unasked.code == 5
    assert "+./agent" in unasked.err
    assert orc("trust", "--yes", "--json").json["agreed"]
    assert orc("trust", "--json").json["items"] == []

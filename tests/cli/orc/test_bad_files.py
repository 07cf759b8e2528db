"""Files of a project that cannot be used: said by name with what to do, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

BOMB = "a: &a [x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(9)
)
BAD = {
    "bomb": (BOMB, "aliases repeat too much"),
    "twice": ("version: 1\nversion: 1\n", "stands there twice"),
    "markers": ("<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n", "conflict markers"),
}


@pytest.fixture
def task(orc, team):
    """The folder of a task in a team's project."""
    assert orc("new", "Add a dashboard").code == 0
    return team / ".orc/tasks/TASK-AM-001"


@pytest.fixture
def own_settings(team, tmp_path, monkeypatch) -> Path:
    """The file of one's own settings, which alone says the initials."""
    monkeypatch.delenv("ORC_INITIALS")
    (tmp_path / "orc-home").mkdir(exist_ok=True)
    return Path(tmp_path / "orc-home/config.yaml")


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("name", ["task.yaml", "plan.yaml"])
def test_a_broken_file_of_a_task_is_named_and_the_others_go_on(orc, task, name, bad):
    text, said = BAD[bad]
    (task / name).write_text(text)
    refused = orc("run", "TASK-AM-001", "--yes", "--command", "true")
    assert refused.code != 0
    assert name in refused.err
    assert said in refused.err
    assert (task / name).read_text() == text
    assert orc("new", "Another", "--json").json["id"] == "TASK-AM-002"
    assert "TASK-AM-002  planned" in orc("list").out
    if name == "task.yaml":
        [broken, _] = orc("list", "--json").json["tasks"]
        assert broken["title"] == "Add a dashboard"
        assert said in broken["fault"]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("place", [".orc/shared/config.yaml", ".orc/config.yaml"])
def test_a_broken_configuration_is_named_and_nothing_is_made(orc, team, place, bad):
    text, said = BAD[bad]
    (team / place).write_text(text)
    refused = orc("new", "A task")
    assert refused.code == 2
    assert place in refused.err
    assert said in refused.err
    assert (team / place).read_text() == text
    assert not (team / ".orc/tasks").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1\nlocks:\n  poliCy: enforce\n", "locks.poliCy is not a setting"),
        ("git:\n  remote: upstream\n  fetch_timeout: soon\n", "git.fetch_timeout is 'soon'"),
        (*BAD["twice"],),
    ],
)
@pytest.mark.parametrize("options", [[], ["--json"], ["--team", "--json"]])
def test_a_list_names_a_broken_configuration_once_and_goes_on(orc, team, task, text, said, options):
    sound = orc("list", *options)
    assert sound.err == ""
    (team / ".orc/config.yaml").write_text(text)
    for _ in range(2):
        listed = orc("list", *options)
        assert (listed.code, shown(listed.out)) == (0, shown(sound.out))
        assert listed.err.count("Warning") == 1
        assert f"{team}/.orc/config.yaml" in listed.err
        assert said in listed.err
    (team / ".orc/config.yaml").unlink()
    assert orc("list", *options).err == ""


def shown(out: str) -> str:
    """What a list says of tasks; programs get its warnings there too."""
    return out.rpartition(', "warnings":')[0] or out


def test_what_other_files_set_holds_in_a_list_beside_a_broken_one(orc, team, task, git):
    git(team, "remote", "rename", "origin", "upstream")
    (team / ".orc/config.yaml").write_text("git:\n  remote: upstream\n")
    (team / ".orc/local").mkdir(exist_ok=True)
    (team / ".orc/local/config.yaml").write_text("nonsense: 1\n")
    listed = orc("list", "--team", "--json")
    assert listed.json["fetched"]
    assert ".orc/local/config.yaml" in listed.err
    assert "nonsense is not a setting" in listed.err


@pytest.mark.parametrize("bad", BAD)
def test_a_broken_registry_is_said_and_stays_as_it_is(orc, team, bad):
    text, said = BAD[bad]
    (team / ".orc/shared/team.yaml").write_text(text)
    members = orc("team", "members")
    assert "team.yaml" in members.err
    assert said in members.err
    assert "cannot be read" in members.out
    assert orc("list").code == 0
    assert (team / ".orc/shared/team.yaml").read_text() == text


@pytest.mark.parametrize(
    "mine",
    [("NO", "no"), ("ON", "on"), ("0123", "x0123"), ("1e10", "x1e10"), ("true", "true")],
)  # fmt: skip
def test_initials_that_yaml_would_take_for_something_else_stay_what_they_are(
    orc, team, begins, git, own_settings, mine
):
    initials, tag = mine
    own_settings.write_text(f"identity:\n  initials: {initials}\n")
    (team / ".orc/shared/team.yaml").write_text(
        f"members:\n- initials: {initials}\n  name: Norma\nreserved_prefixes: [{initials}]\n"
    )
    prefix = initials.upper()
    assert begins() == f"TASK-{prefix}-001"
    assert orc("run", f"TASK-{prefix}-001", "--yes", "--command", "true").code == 0
    assert git(team, "branch", "--list", "orc/*").split()[-1] == f"orc/TASK-{prefix}-001-{tag}"
    listed = orc("list", "--team", "--json").json
    assert [one["id"] for one in listed["tasks"]] == [f"TASK-{prefix}-001"]
    assert listed["tasks"][0]["owner"].lower() == "norma"

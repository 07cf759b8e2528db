from __future__ import annotations

import pytest

from ...support.checkouts import untouched


def test_a_new_task_has_an_id_and_files_and_nothing_else_changes(orc, team):
    with untouched(team, ".orc/tasks"):
        made = orc("new", "Add user dashboard", "--json")
    assert made.json["id"] == "TASK-AM-001"
    assert made.json["phases"] == ["implement", "test", "review"]
    assert "title: Add user dashboard" in (team / ".orc/tasks/TASK-AM-001/task.yaml").read_text()
    assert orc("new", "Another", "--json").json["id"] == "TASK-AM-002"


def test_a_template_says_the_phases_and_the_weight(orc, team):
    made = orc("new", "Fix login", "--template", "bugfix", "--json").json
    assert made["weight"] == "small"
    assert (team / ".orc/tasks" / made["id"] / "plan.yaml").exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("",), "title"),
        (("a\x1b[2Jb",), "title"),
        (("two\nlines",), "title"),
        (("x" * 301,), "title"),
        (("Fine", "--weight", "huge"), "huge"),
        (("Fine", "--template", "nope"), "nope"),
        (("Fine", "--template", "../../etc/passwd"), "template"),
    ],
)
def test_what_cannot_be_is_refused_and_uses_no_number(orc, team, args, said):
    refused = orc("new", *args)
    assert refused.code != 0
    assert said in refused.err
    assert orc("new", "Fine", "--json").json["id"] == "TASK-AM-001"


def test_a_prefix_that_nobody_registered_is_said_and_refused_where_the_team_wants_that(
    orc, team, monkeypatch
):
    monkeypatch.setenv("ORC_INITIALS", "ZZ")
    made = orc("new", "A task", "--json")
    assert made.json["warnings"] == ["unknown prefix ZZ: register in team.yaml first"]
    config = team / ".orc/shared/config.yaml"
    config.write_text("task_id: {mode: p2p, require_registration: true}\n")
    refused = orc("new", "A task")
    assert refused.code == 2
    assert "unknown prefix ZZ: register in team.yaml first" in refused.err


def test_in_solo_mode_ids_have_no_prefix_and_no_remote_is_asked(
    orc, make_clone, make_remote, git, monkeypatch
):
    remote = make_remote()
    monkeypatch.chdir(make_clone(remote))
    assert orc("new", "Alone", "--json").json["id"] == "TASK-001"
    assert git(remote, "for-each-ref") == ""


def test_a_new_task_is_told_to_the_team_at_once(orc, team, git):
    orc("new", "Add user dashboard")
    remote = team.parent / "remote.git"
    state = git(remote, "for-each-ref", "--format=%(refname)", "refs/heads/orc-state")
    assert "title: Add user dashboard" in git(
        remote, "show", f"{state}:.orc/tasks/TASK-AM-001/task.yaml"
    )
    assert git(remote, "log", "--format=%s", state).startswith("[orc] TASK-AM-001: planned")


def test_a_remote_that_refuses_is_said_once_and_the_task_is_kept(orc, team):
    hook = team.parent / "remote.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)
    first = orc("new", "One")
    assert first.code == 0
    assert "protected" in first.err
    assert (team / ".orc/tasks/TASK-AM-001/task.yaml").exists()
    hook.unlink()
    assert orc("new", "Two").err == ""


def test_the_same_verbs_are_there_under_peerplan(peerplan, team):
    assert peerplan("task", "new", "A task", "--json").json["id"] == "TASK-AM-001"


def test_the_team_is_there_under_peerplan_too(peerplan, team):
    assert [one["initials"] for one in peerplan("team", "members", "--json").json["members"]] == [
        "AM"
    ]

from __future__ import annotations

import shutil

import pytest

from ...support.checkouts import untouched


@pytest.fixture
def checks(orc):
    """What doctor found, by the name of the check; what is worst of each."""

    def run(*args: str) -> dict[str, dict[str, str]]:
        found = orc("doctor", "--json", *args).json["checks"]
        return {one["name"]: one for one in sorted(found, key=lambda one: one["state"] == "broken")}

    return run


def test_a_team_with_nothing_wrong_is_fine_and_stays_as_it_is(orc, team):
    orc("new", "A task")
    with untouched(team):
        done = orc("doctor", "--json")
    assert (done.code, done.json["ok"]) == (0, True)


def test_a_branch_named_orc_is_said_with_what_to_do(checks, team, git):
    git(team, "branch", "orc")
    assert checks()["branches"]["state"] == "broken"
    assert "git branch -m orc" in checks()["branches"]["advice"]


def test_missing_initials_are_said(checks, team, monkeypatch):
    monkeypatch.delenv("ORC_INITIALS")
    assert checks()["you"]["state"] == "broken"


def test_two_members_with_one_address_are_said(checks, team):
    (team / ".orc/shared/members").mkdir()
    for initials in ("BJ", "CK"):
        place = team / f".orc/shared/members/{initials}.yaml"
        place.write_text(f"initials: {initials}\nname: Bo\nemail: bo@example.org\n")
    assert checks()["team"]["state"] == "broken"
    assert "BJ and CK" in checks()["team"]["found"]


def test_a_task_that_cannot_be_read_is_named_and_the_others_are_counted(orc, checks, team):
    orc("new", "One")
    orc("new", "Two")
    (team / ".orc/tasks/TASK-AM-001/task.yaml").write_text("<<<<<<< ours\n")
    found = orc("doctor", "--json")
    assert found.code == 1
    assert "TASK-AM-001" in checks()["tasks"]["found"]


def test_states_that_wait_are_sent_with_fix(orc, checks, team):
    remote = team.parent / "remote.git"
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)
    orc("new", "One")
    assert "protected" in checks()["states"]["found"]
    hook.unlink()
    assert checks("--fix")["states"]["state"] == "ok"


def test_a_worktree_whose_folder_is_gone_is_a_note(orc, checks, team, git):
    place = team / ".orc/worktrees/TASK-AM-001-am"
    git(team, "worktree", "add", "-q", "-b", "orc/TASK-AM-001-am", str(place))
    assert checks()["worktrees"]["state"] == "ok"
    shutil.rmtree(place)
    found = orc("doctor", "--json").json["checks"]
    assert [one["state"] for one in found if one["name"] == "worktrees"] == ["warning", "ok"]


def test_a_rule_that_keeps_git_from_what_is_shared_is_said(checks, team):
    (team / ".gitignore").write_text("shared/\n")
    assert checks()["sharing"]["state"] == "broken"
    assert "'shared/' (.gitignore, line 1)" in checks()["sharing"]["found"]


def test_a_clone_that_merges_line_by_line_is_told_how_to_merge_yaml(orc, checks, team, git):
    assert checks()["sharing"]["state"] == "warning"
    orc("doctor", "--fix")
    assert checks()["sharing"]["state"] == "ok"
    assert "merge-driver" in git(team, "config", "merge.orc-yaml.driver")


def test_rules_of_somebody_else_that_let_git_take_what_is_private_are_added_to(checks, team, git):
    rules = team / ".orc/.gitignore"
    rules.write_text("# ours\n/worktrees/")
    git(team, "add", ".orc")
    git(team, "commit", "-q", "-m", "Ignore worktrees")
    assert checks()["private"]["state"] == "broken"
    assert "/local/, /orc.db" in checks()["private"]["found"]
    assert checks("--fix")["private"]["state"] == "ok"
    assert rules.read_text() == "# ours\n/worktrees/\n/local/\n/orc.db\n/orc.db-*\n"
    (team / ".orc/local").mkdir(exist_ok=True)
    (team / ".orc/local/config.yaml").touch()
    assert git(team, "status", "--porcelain", "-uall", ".orc") == "M .orc/.gitignore"


def test_a_rule_of_the_repository_that_keeps_what_is_private_out_is_enough(checks, team):
    (team / ".orc/.gitignore").write_text("")
    (team / ".gitignore").write_text(".orc/local\n.orc/orc.db*\n")
    assert checks()["private"]["state"] == "ok"

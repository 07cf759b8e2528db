"""What somebody types who has not read the documentation."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from peerplan_jupyter.cli.output import tell, typed


def typed_in(folder, *args: str, **environment: str) -> str:
    """What a whole process of `orc` prints in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "peerplan_jupyter.cli.orc", *args],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode(environment.get("PYTHONIOENCODING", "utf-8"))


@pytest.mark.parametrize(
    ("asked", "same"),
    [("", "--help"), ("help", "--help"), ("help run", "run --help"), ("prompt", "prompt --help")],
)
def test_help_is_there_however_it_is_asked_for(orc, asked, same):
    shown = orc(*asked.split())
    assert (shown.code, shown.out) == (0, orc(*same.split()).out)
    assert shown.out.startswith("Usage: orc ")


def test_a_wrong_command_line_says_whose_help_to_read(orc, peerplan):
    assert "`orc team leave --help` shows how." in orc("team", "leave", "--nonsense").err
    assert "`peerplan task new --help` shows how." in peerplan("task", "new").err
    assert "Did you mean 'list'?" in orc("lst").err


def test_both_programs_have_one_version(orc, peerplan):
    assert orc("--version").out == peerplan("--version").out != ""


@pytest.mark.parametrize("name", ["1", "001", "am-1", "AM-001", "task-am-1"])
def test_an_id_is_known_by_its_short_forms(orc, apart, begins, name):
    begins()
    assert orc("show", name, "--json").json["id"] == "TASK-AM-001"
    assert orc("run", name, "--command", "true").code == 0
    assert "Nobody holds TASK-" in orc("unlock", name).out


def test_a_shell_gets_a_script_and_completions_by_it(orc, team):
    assert "_ORC_COMPLETE" in orc("completion", "bash").out
    assert "no shell that is known" in orc("completion", "tcsh").err
    asked = {"_ORC_COMPLETE": "complete_bash", "COMP_WORDS": "orc team j", "COMP_CWORD": "2"}
    assert typed_in(team, **asked).split() == ["join"]


def test_what_the_encoding_of_the_output_lacks_is_replaced(team):
    registry = team / ".orc/shared/team.yaml"
    registry.write_text("members:\n- {initials: AM, name: Ad\u00e9la}\n", "utf-8")
    assert "Ad?la" in typed_in(team, "team", "members", PYTHONIOENCODING="ascii")


def test_a_command_to_copy_is_in_one_line_however_long(capsys):
    tell(False, {}, typed("git add " + "x " * 200))
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_what_would_show_text_otherwise_than_it_is_written_is_taken_out(capsys):
    tell(False, {}, typed("safe\N{RIGHT-TO-LEFT OVERRIDE}elif\N{LINE SEPARATOR}x\x1b[2J"))
    assert capsys.readouterr().out.split() == ["safe\ufffdelif\ufffdx\ufffd[2J"]


def test_what_is_committed_is_not_asked_to_be_committed(orc, team, git):
    orc("team", "init", "--commit")
    assert orc("team", "init", "--json").json["commands"] == []
    assert "It is committed already." in orc("team", "init").out


def test_settings_that_cannot_be_used_are_what_doctor_finds(orc, team):
    (team / ".orc/shared/config.yaml").write_text("gates: {default: ai}\n")
    found = orc("doctor", "--json")
    (check,) = found.json["checks"]
    assert (found.code, check["name"], check["state"]) == (1, "settings", "broken")
    assert "gates.default is not a setting" in check["found"]
    assert "gates.default_type" in check["advice"]


def test_an_own_prefix_that_nobody_registered_is_a_note_with_what_to_do(orc, team, monkeypatch):
    monkeypatch.setenv("ORC_INITIALS", "ZZ")
    found = orc("doctor", "--json")
    (check,) = [one for one in found.json["checks"] if one["name"] == "team"]
    assert (found.code, check["state"]) == (0, "warning")
    assert check["advice"] == "`orc team join` does that."


def test_transcripts_without_their_task_are_nothing_broken(orc, apart, begins):
    begins()
    orc("run", "1", "--command", "true")
    for name in ("task.yaml", "plan.yaml"):
        (apart / ".orc/tasks/TASK-AM-001" / name).unlink()
    assert orc("doctor").code == 0


def test_who_is_to_do_a_task_and_is_not_in_the_team_is_said(orc, team):
    assert "Nobody in the team is called 'ZZ'." in orc("new", "One", "--assignee", "ZZ").err
    for known in ("am", "ada", "Ada Moreau"):
        assert orc("new", "Two", "--assignee", known).err == ""


def test_who_has_a_lease_and_who_else_had_the_id_is_in_what_is_shown(orc, team):
    from peerplan_jupyter.coordination.locks.file_lock import FileLock

    orc("new", "Greet")
    lease = FileLock(team / ".git/orc/lease/TASK-AM-001", "ada@laptop")
    assert lease.try_acquire()
    shown = orc("show", "1", "--json").json
    assert (shown["leased_by"], shown["others"]) == (["ada@laptop"], [])
    assert "Leased by ada@laptop" in orc("show", "1").out
    lease.release()


def test_a_suffix_that_cannot_be_is_said_in_the_words_of_the_option(orc, team):
    orc("new", "Greet")
    refused = orc("run", "1", "--suffix", "x", "--command", "true")
    assert (refused.code, "'x' is no suffix." in refused.err) == (2, True)


def test_a_mode_that_is_asked_for_is_no_contradiction(orc, team, monkeypatch):
    assert orc("status", "--mode", "team").err == ""
    monkeypatch.setenv("ORC_MODE", "pair")
    assert "environment (ORC_MODE)" in orc("status").err


def test_exit_codes_are_told_in_the_words_of_tasks(orc):
    shown = orc("--help").out
    assert "3  run: somebody else runs it (leased), not_found" in shown
    assert "demo" not in shown

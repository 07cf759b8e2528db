from __future__ import annotations

import os
import subprocess
import sys

from peerplan_jupyter.coordination.locks.file_lock import FileLock
from peerplan_jupyter.coordination.locks.guard import RunGuard

from ...support.checkouts import untouched


def test_status_says_the_mode_and_why_and_who_you_are(orc, team):
    with untouched(team):
        told = orc("status", "--json").json
    assert told["mode"] == "p2p"
    assert "task_id.mode is set by shared" in told["reason"]
    assert (told["you"]["prefix"], told["you"]["tag"]) == ("AM", "am")
    assert told["running"] == []
    assert "p2p" in orc("status").out


def test_who_has_no_initials_yet_is_told_what_to_do(orc, team, monkeypatch):
    monkeypatch.delenv("ORC_INITIALS")
    told = orc("status", "--json")
    assert told.code == 0
    assert "orc team join" in told.json["you"]["problem"]


def test_an_unknown_mode_is_an_error(orc, team):
    refused = orc("status", "--mode", "pairs")
    assert refused.code == 2
    assert "'pairs'" in refused.err


def test_outside_of_a_repository_every_command_says_so(orc, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for args in (("status",), ("new", "A task"), ("config",), ("unlock", "TASK-001")):
        refused = orc(*args)
        assert refused.code == 3
        assert "not in a git repository" in refused.err


def test_a_lease_of_somebody_who_is_there_is_kept_unless_forced(orc, team):
    folder = team / ".git" / "orc" / "lease" / "TASK-AM-001"
    lock = FileLock(folder, "bob@desktop")
    assert lock.try_acquire()
    shown = orc("status", "--json").json["leases"]
    assert [(one["task"], one["state"], one["told"]) for one in shown] == [
        ("TASK-AM-001", "held", "bob@desktop")
    ]
    refused = orc("unlock", "task-am-001")
    assert refused.code == 5
    assert "bob@desktop" in refused.err
    assert orc("unlock", "TASK-AM-001", "--force").code == 0
    assert orc("status", "--json").json["leases"] == []
    lock.release()


def test_what_runs_in_this_clone_is_shown_while_it_does(orc, team):
    with RunGuard(team / ".git/orc/run", "TASK-AM-001", "am"):
        (running,) = orc("status", "--json").json["running"]
        assert f"Runs    {running['run']} {running['told']}" in orc("status").out
    assert "Nothing runs here." in orc("status").out


def test_a_lease_of_somebody_who_died_is_taken_away(orc, team):
    folder = team / ".git" / "orc" / "lease" / "TASK-AM-001"
    code = (
        "import os, signal, sys\n"
        "from peerplan_jupyter.coordination.locks.file_lock import FileLock\n"
        "FileLock(sys.argv[1], 'bob@desktop').try_acquire()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], env=os.environ, check=False)
    assert orc("unlock", "TASK-AM-001", "--json").json["removed"] == ["bob@desktop in this clone"]


def test_config_says_where_each_setting_comes_from(orc, team):
    told = orc("config", "task_id", "--json").json
    assert told["task_id.mode"]["value"] == "p2p"
    assert told["task_id.mode"]["source"].startswith("shared (")
    assert orc("config", "nope").code == 3


def test_a_lease_on_a_task_with_small_letters_in_its_id_is_found_by_unlock(orc, team):
    from peerplan_jupyter.coordination.naming import TaskId
    from peerplan_jupyter.coordination.running.leases import Leases
    from peerplan_jupyter.coordination.workspace import OrcWorkspace

    workspace = OrcWorkspace.open(team)
    with Leases(workspace, TaskId.parse("TASK-alice-001"), "am", lambda _: None) as leases:
        assert leases.take() == []
        refused = orc("unlock", "task-ALICE-001")
        assert refused.code == 5
        assert "on the remote" in refused.err
        assert "in this clone" in refused.err

from __future__ import annotations

import json

from ...support.checkouts import untouched


def events(said: str) -> list[dict]:
    return [json.loads(line) for line in said.splitlines()]


def test_a_program_is_told_of_each_step_on_a_line_of_its_own(orc, team):
    orc("new", "Greet")
    with untouched(team, ".orc/tasks"):
        done = orc("run", "TASK-AM-001", "--json", "--command", "echo hello > {phase}.txt")
    assert done.code == 0, done.err
    told = events(done.out)
    kinds = [event["event"] for event in told]
    assert kinds[0] == "worktree"
    assert kinds[-1] == "ended"
    assert kinds.count("attempt") == kinds.count("gate") == 3
    assert told[-1]["status"] == "completed"
    assert all(event["text"] for event in told)


def test_exit_codes_tell_what_became_of_the_run(orc, apart, begins):
    begins()
    assert orc("run", "TASK-AM-001", "--command", "exit 3").code == 1
    assert orc("run", "TASK-AM-007").code == 3
    assert orc("run", "nonsense").code == 2
    assert orc("run", "TASK-AM-001", "--mode", "pair").code == 2
    assert orc("run", "TASK-AM-001", "--command", "true").code == 0


def test_a_base_is_used_by_a_new_branch_and_said_to_be_unused_by_one_that_is_there(
    orc, apart, begins, git
):
    git(apart, "commit", "-q", "--allow-empty", "-m", "Later")
    begins()
    first = orc("run", "TASK-AM-001", "--base", "HEAD~1", "--command", "exit 3")
    assert "--base" not in first.err
    assert git(apart, "merge-base", "main", "orc/TASK-AM-001-am") == git(
        apart, "rev-parse", "main~1"
    )
    again = orc("run", "TASK-AM-001", "--base", "main", "--command", "true")
    assert again.code == 0
    assert again.err.count("Warning") == again.err.count("--base main is not used") == 1
    assert git(apart, "merge-base", "main", "orc/TASK-AM-001-am") == git(
        apart, "rev-parse", "main~1"
    )


def test_a_completed_task_that_was_cleaned_up_is_not_made_anew_but_run_again_when_asked(
    orc, team, begins, git
):
    begins()
    done = orc("run", "TASK-AM-001", "--command", "echo hello >> greetings")
    assert (done.code, "--suffix" in done.out) == (0, False)
    there = orc("run", "TASK-AM-001", "--command", "false")
    assert (there.code, "orc run TASK-AM-001 --suffix 2" in there.out) == (0, True)
    assert "removed" in orc("gc").out
    refs = git(team, "for-each-ref")
    with untouched(team):
        gone = orc("run", "TASK-AM-001", "--command", "false", "--json")
    (told,) = events(gone.out)
    assert (gone.code, told["event"], told["status"]) == (0, "ended", "completed")
    assert "orc run TASK-AM-001 --suffix 2" in told["text"]
    assert git(team, "for-each-ref") == refs
    assert not (team / ".orc/worktrees/TASK-AM-001-am").exists()
    again = orc("run", "TASK-AM-001", "--suffix", "2", "--command", "echo hello >> greetings")
    assert (again.code, "implement" in again.out) == (0, True)
    assert git(team, "show", "orc/TASK-AM-001-am-2:greetings").splitlines() == ["hello"]
    assert "--suffix 3" in orc("run", "TASK-AM-001").out


def test_a_phase_that_was_planned_after_a_run_was_cleaned_up_is_run(orc, team, begins):
    begins()
    plan = team / ".orc/tasks/TASK-AM-001/plan.yaml"
    later = f"{plan.read_text()}- name: test\n"
    assert orc("run", "TASK-AM-001", "--command", "true").code == 0
    assert "removed" in orc("gc").out
    plan.write_text(later)
    assert orc("run", "TASK-AM-001", "--command", "exit 3").code == 1


def test_a_base_that_is_not_there_is_refused_and_nothing_is_made(orc, apart, git):
    orc("new", "Greet")
    for _ in range(2):
        refused = orc("run", "TASK-AM-001", "--base", "nowhere", "--command", "true", "--json")
        assert (refused.code, refused.error["code"]) == (3, "not_found")
        assert "'nowhere'" in refused.error["message"]
        assert "git branch --all" in refused.error["hint"]
        assert git(apart, "branch", "--list", "orc/*") == ""
    orc("run", "TASK-AM-001", "--command", "exit 3")
    assert orc("run", "TASK-AM-001", "--base", "nowhere", "--command", "true").code == 3

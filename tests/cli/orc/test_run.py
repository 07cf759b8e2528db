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


def test_exit_codes_tell_what_became_of_the_run(orc, team):
    orc("new", "Greet")
    assert orc("run", "TASK-AM-001", "--command", "exit 3").code == 1
    assert orc("run", "TASK-AM-007").code == 3
    assert orc("run", "nonsense").code == 2
    assert orc("run", "TASK-AM-001", "--mode", "pair").code == 2
    assert orc("run", "TASK-AM-001", "--command", "true").code == 0

from __future__ import annotations

from pathlib import Path

import pytest

from peerplan_jupyter.coordination.gates.ai import verdict_in
from peerplan_jupyter.coordination.running.events import Event
from peerplan_jupyter.errors import InvalidInputError


def configure(root: Path, command: str, **more: str) -> None:
    (root / ".orc").mkdir(exist_ok=True)
    (root / ".orc/config.yaml").write_text(
        "gates:\n  phase_overrides:\n    implement: ai\n"
        + (f"  ai_command: {command!r}\n" if command else "")
    )


def test_a_command_judges_by_its_exit_code_with_the_diff_and_the_task_before_it(
    make_clone, begin, run
):
    root = make_clone()
    configure(root, "grep -q '^+hello' {diff_file} && grep -q 'Say hello' {prompt_file}")
    done = run(root, begin(root, implement="echo hello > greeting.txt"))
    assert done.status == "completed"
    gate = done.phases[0].attempts[0].gate
    assert (gate.type, gate.verdict) == ("ai", "passed")


def test_what_the_judge_says_is_told_to_the_next_attempt(make_clone, begin, run):
    root = make_clone()
    judge = 'test -e polite || echo \'{"verdict": "changes_requested", "feedback": "Be polite."}\''
    (root / ".orc").mkdir()
    configure(root, "sh .judge")
    line = (
        f"grep -q 'Be polite' {{prompt_file}} && touch polite; cat > .judge <<'END'\n{judge}\nEND\n"
    )
    done = run(root, begin(root, implement=line))
    assert done.status == "completed"
    assert [one.gate.verdict for one in done.phases[0].attempts] == ["changes_requested", "passed"]


def test_a_judge_that_cannot_be_run_has_not_judged_and_the_work_is_not_done_again(
    make_clone, begin, run
):
    root = make_clone()
    configure(root, "no-such-judge-here")
    task = begin(root, implement="echo 1 >> tries")
    assert run(root, task).status == "failed"
    configure(root, "true")
    done = run(root, task)
    assert done.status == "completed"
    assert (root / ".orc/worktrees/TASK-001/tries").read_text() == "1\n"


def test_without_a_judge_nothing_is_begun(make_clone, begin, run, git):
    root = make_clone()
    configure(root, "")
    told: list[Event] = []
    with pytest.raises(InvalidInputError, match="no command is configured that judges"):
        run(root, begin(root, implement="true"), told=told)
    assert told == []
    assert git(root, "branch", "--list", "orc/*") == ""


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (b'thinking\n{"verdict": "passed"}\n', "passed"),
        (
            b'{"type": "result", "result": "I looked.\\n{\\"verdict\\": \\"rejected\\"}"}',
            "rejected",
        ),
        (b'{"verdict": "passed"}\n{"verdict": "changes_requested"}', "changes_requested"),
        (b"{not json\n[1]\nplain", None),
    ],
)
def test_a_verdict_is_the_last_one_said_also_inside_an_agents_own_result(said, verdict):
    assert verdict_in(said).get("verdict") == verdict

from __future__ import annotations

import pytest

REGISTRY = """\
members:
- {initials: AM, name: Alexandra Martinez-Hernandez, email: alexandra.martinez@engineering.example.com}
- {initials: BJ, name: Bob Johnson}
former_members:
- {initials: EE, name: Eve, left: '2026-05-31'}
"""  # noqa: E501
WHOLE = {
    "team members": ["Alexandra Martinez-Hernandez", "alexandra.martinez@engineering.example.com"],
    "gc --dry-run": ["TASK-AM-001-am", "the run is not done"],
    "doctor": ["sharing", "`orc doctor --fix` mends it."],
    "config git": ["git.branch_prefix", "builtin"],
    "prompt list": ["implement", "Builtin"],
}


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_no_name_is_broken_on_a_narrow_terminal(orc, team, monkeypatch, columns):
    (team / ".orc/shared/team.yaml").write_text(REGISTRY)
    orc("new", "Greet")
    assert orc("run", "1", "--command", "exit 3").code == 1
    monkeypatch.setattr("peerplan_jupyter.cli.output.PIPED_WIDTH", columns)
    for command, names in WHOLE.items():
        lines = orc(*command.split()).out.splitlines()
        assert max(map(len, lines)) <= columns, command
        for name in names:
            assert any(name in line for line in lines), (command, name)
    heads = {line.split()[0] for line in orc("team", "members").out.splitlines() if line.strip()}
    assert ("AM" in heads) == (columns == 160)
    assert "Prefixes" not in heads

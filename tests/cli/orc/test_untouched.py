"""Every command leaves the index, HEAD, the stash, the status, and what a person has not committed
as they were, but for what it was asked to write.
"""

from __future__ import annotations

import pytest

from peerplan_jupyter.cli.orc.app import TASK_COMMANDS
from peerplan_jupyter.cli.orc.team import TEAM_COMMANDS

from ...support.checkouts import untouched

TASK = "TASK-AM-001"
SHARED = (".orc/shared", ".orc/.gitignore")
COMMANDS: list[tuple[tuple[str, ...], tuple[str, ...], int]] = [
    (("new", "One more"), (".orc/tasks",), 0),
    (("list",), (), 0),
    (("list", "--json"), (), 0),
    (("list", "--team"), (), 0),
    (("list", "--team", "--no-fetch"), (), 0),
    (("show", TASK), (), 0),
    (("show", "TASK-AM-404"), (), 3),
    (("run", TASK, "--yes", "--command", "echo more >> more.txt"), (".orc/tasks",), 0),
    (("run", TASK, "--yes", "--command", "false"), (".orc/tasks",), 1),
    (("status",), (), 0),
    (("status", "--json"), (), 0),
    (("gc",), (), 0),
    (("gc", "--dry-run"), (), 0),
    (("gc", "--force"), (), 0),
    (("unlock", TASK), (), 0),
    (("unlock", TASK, "--force"), (), 0),
    (("doctor",), (), 0),
    (("doctor", "--fix"), (), 0),
    (("config",), (), 0),
    (("prompt", "list"), (), 0),
    (("prompt", "show", "implement"), (), 0),
    (("skill", "list"), (), 0),
    (("template", "list"), (), 0),
    (("trust",), (), 0),
    (("trust", "--yes"), (), 0),
    (("team", "init"), SHARED, 0),
    (("team", "join", "--initials", "BJ", "--name", "Bob"), SHARED, 0),
    (("team", "leave", "AM", "--anyway"), SHARED, 0),
    (("team", "members"), (), 0),
    (("team", "sync"), (), 0),
    (("team", "sync", "--yes"), SHARED, 0),
]
ELSEWHERE = {"watch"}
"""It does not end by itself; `test_listing` runs it in a process of its own."""


@pytest.fixture
def work(team_at, begins, git):
    """Makes a checkout in the middle of a person's work, with a task."""

    def make(place):
        team = team_at(place)
        assert begins() == TASK
        git(team, "add", ".orc/tasks")
        git(team, "commit", "-q", "-m", f"[orc] {TASK}: planned")
        (team / "stashed.txt").write_text("put aside\n")
        git(team, "stash", "-q", "--include-untracked")
        (team / "staged.txt").write_text("staged\n")
        git(team, "add", "staged.txt")
        (team / "staged.txt").write_text("staged, and changed since\n")
        (team / "README.md").write_text("changed\n")
        (team / "untracked.txt").write_text("mine\n")

    return make


@pytest.fixture
def busy(staged, work):
    return staged("busy", work)


@pytest.fixture
def ran(staged, work, orc):
    """Such a checkout after a run of the task."""

    def make(place):
        work(place)
        assert orc("run", TASK, "--yes", "--command", "echo more >> more.txt").code == 0

    return staged("ran", make)


@pytest.mark.parametrize(
    ("args", "written", "code"),
    COMMANDS,
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_a_command_leaves_the_persons_checkout_as_it_was(orc, busy, args, written, code):
    with untouched(busy, *written):
        done = orc(*args)
    assert done.code == code, done.err


@pytest.mark.parametrize(
    "args",
    [("gc",), ("gc", "--force"), ("list", "--team"), ("doctor", "--fix"), ("show", TASK)],
    ids=" ".join,
)
def test_a_command_after_a_run_leaves_the_persons_checkout_as_it_was(orc, ran, args):
    with untouched(ran):
        done = orc(*args)
    assert done.code == 0, done.err


def test_no_command_is_forgotten_here():
    named = {args[0] for args, _, _ in COMMANDS} | ELSEWHERE
    assert named >= {*TASK_COMMANDS, "team"}
    assert {args[1] for args, _, _ in COMMANDS if args[0] == "team"} == {*TEAM_COMMANDS}

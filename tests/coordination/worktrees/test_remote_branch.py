from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.worktrees.errors import DivergedError, WorktreeError
from peerplan_jupyter.coordination.worktrees.remote_branch import RemoteBranch
from peerplan_jupyter.coordination.worktrees.worktree import Worktree
from peerplan_jupyter.errors import PushRejectedError

TASK = TaskId.parse("TASK-AM-001")
BRANCH = "orc/TASK-AM-001-am"

Machine = Callable[[str], tuple[Worktree, RemoteBranch]]


@pytest.fixture
def machine(make_clone, make_remote, keeper) -> Machine:
    """A clone on a machine, with the worktree of the same person's run in it."""
    remote = make_remote()

    def make(name: str) -> tuple[Worktree, RemoteBranch]:
        root = make_clone(remote, name)
        branch = RemoteBranch.of(Project.find(root), "origin", BRANCH)
        assert branch is not None
        tip = branch.fetch()
        return keeper(root).get(TASK, "am", remote_tip=tip).worktree, branch

    return make


def work(worktree: Worktree, name: str, text: str = "work") -> str:
    (worktree.path / name).write_text(text)
    made = worktree.commit(f"Add {name}")
    assert made
    return made


def test_a_run_goes_on_from_what_another_machine_pushed(machine):
    here, branch_here = machine("here")
    branch_here.push(work(here, "a.py"))
    there, branch_there = machine("there")
    assert there.head() == here.head()
    branch_there.push(work(there, "b.py"))
    tip = branch_here.fetch()
    assert "another machine" in branch_here.follow(here, tip)[0]
    assert (here.path / "b.py").exists()
    assert branch_here.follow(here, tip) == []


def test_work_on_two_machines_at_once_is_told_apart_and_not_overwritten(machine, git):
    here, branch_here = machine("here")
    branch_here.push(work(here, "a.py"))
    there, branch_there = machine("there")
    branch_there.push(work(there, "b.py"))
    mine = work(here, "c.py")
    with pytest.raises(DivergedError) as caught:
        branch_here.push(mine)
    assert "--takeover" in caught.value.hint
    assert "--suffix" in caught.value.hint
    assert branch_here.fetch() == there.head()


def test_taking_over_keeps_what_was_only_here(machine, git):
    here, branch_here = machine("here")
    branch_here.push(work(here, "a.py"))
    there, branch_there = machine("there")
    branch_there.push(work(there, "b.py"))
    mine = work(here, "c.py")
    (here.path / "half.py").write_text("half")
    tip = branch_here.fetch()
    with pytest.raises(DivergedError):
        branch_here.follow(here, tip)
    branch_here.follow(here, tip, takeover=True)
    assert here.head() == tip
    assert not here.is_dirty()
    kept = git(here.path, "for-each-ref", "--format=%(objectname)", "refs/orc/rescue").split("\n")
    assert mine in kept
    assert "half" in [git(here.path, "show", f"{one}:half.py", check=False) for one in kept]


def test_uncommitted_work_is_not_overwritten_by_what_another_machine_pushed(machine):
    here, branch_here = machine("here")
    branch_here.push(work(here, "a.py"))
    there, branch_there = machine("there")
    branch_there.push(work(there, "b.py"))
    (here.path / "b.py").write_text("mine")
    tip = branch_here.fetch()
    with pytest.raises(WorktreeError, match="not committed"):
        branch_here.follow(here, tip)
    assert (here.path / "b.py").read_text() == "mine"


def test_a_remote_that_refuses_is_named_with_its_words(machine, make_remote, tmp_path: Path):
    here, branch_here = machine("here")
    hook = tmp_path / "remote.git/hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'no branches of robots'\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(PushRejectedError, match="no branches of robots"):
        branch_here.push(work(here, "a.py"))


def test_without_a_remote_there_is_no_remote_branch(make_clone):
    assert RemoteBranch.of(Project.find(make_clone()), "origin", BRANCH) is None

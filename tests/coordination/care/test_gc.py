from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.care.gc import Collector, Fate
from peerplan_jupyter.coordination.locks.file_lock import FileLock
from peerplan_jupyter.coordination.locks.guard import RunGuard
from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.workspace import OrcWorkspace

from ...support.checkouts import untouched
from ..running.conftest import begin, run

__all__ = ["begin", "run"]

TASK = TaskId.parse("TASK-001")


@pytest.fixture
def collect() -> Callable[..., Fate]:
    """What becomes of the only run in a project; nothing in the checkout changes by it."""

    def collect_at(root: Path, **options: bool) -> Fate:
        with untouched(root):
            [fate] = Collector(OrcWorkspace.open(root), **options).collect()
        return fate

    return collect_at


@pytest.fixture
def done(make_clone, make_remote, begin, run, git) -> Callable[..., Path]:
    """A project, with a remote, in which a task was run to its end."""

    def make(line: str = "echo hello > greeting.txt", *, status: str = "completed") -> Path:
        root = make_clone(make_remote())
        assert run(root, begin(root, implement=line)).status == status
        git(root, "add", ".orc")
        git(root, "commit", "-q", "-m", "[orc] TASK-001: planned")
        return root

    return make


def branches(root: Path, git) -> str:
    return git(root, "branch", "--list", "orc/*")


def worktree(root: Path) -> Path:
    return root / ".orc/worktrees/TASK-001"


def test_what_is_neither_pushed_nor_merged_is_kept(done, collect, git):
    root = done()
    fate = collect(root)
    assert (fate.action, fate.why) == ("kept", "its commits are neither pushed nor merged")
    assert worktree(root).is_dir()


def test_what_is_pushed_is_removed_and_stays_at_the_remote(done, collect, git):
    root = done()
    git(worktree(root), "push", "-q", "origin", "HEAD")
    assert collect(root, dry=True).action == "removed"
    assert worktree(root).is_dir()
    fate = collect(root)
    assert (fate.action, fate.why, fate.rescued) == ("removed", "it is pushed", ())
    assert not worktree(root).exists()
    assert branches(root, git) == ""
    assert "orc/TASK-001" in git(root, "ls-remote", "origin")


def test_what_was_pushed_once_and_is_gone_from_the_remote_is_kept(done, collect, git):
    root = done()
    git(worktree(root), "push", "-q", "origin", "HEAD")
    git(root, "fetch", "-q")
    git(worktree(root), "push", "-q", "origin", ":orc/TASK-001")
    git(root, "update-ref", "refs/remotes/origin/orc/TASK-001", "orc/TASK-001")
    assert collect(root).action == "kept"


@pytest.mark.parametrize("how", ["merge", "squash", "squash and go on"])
def test_what_is_merged_in_whatever_way_is_removed(done, collect, git, how):
    root = done()
    if how == "merge":
        git(root, "merge", "-q", "--no-ff", "-m", "Merge", "orc/TASK-001")
    else:
        git(root, "merge", "-q", "--squash", "orc/TASK-001")
        git(root, "commit", "-q", "-m", "Greet (#1)")
    if how == "squash and go on":
        (root / "greeting.txt").write_text("something else\n")
        git(root, "commit", "-q", "-a", "-m", "Go on")
    fate = collect(root)
    assert (fate.action, fate.why) == ("removed", "it is merged")
    assert branches(root, git) == ""


def test_what_is_not_committed_is_kept_and_with_force_in_a_rescue_ref(done, collect, git):
    root = done()
    git(worktree(root), "push", "-q", "origin", "HEAD")
    (worktree(root) / "half.py").write_text("half")
    assert collect(root).why == "something in it is not committed"
    tip = git(root, "rev-parse", "orc/TASK-001")
    fate = collect(root, force=True)
    assert fate.action == "removed"
    assert not worktree(root).exists()
    assert git(root, "rev-parse", fate.rescued[0]) == tip
    assert git(root, "show", f"{fate.rescued[1]}:half.py") == "half"


def test_a_run_that_is_not_done_is_kept(done, collect, git):
    root = done("false", status="failed")
    git(root, "commit", "-q", "--allow-empty", "-m", "More")
    (worktree(root) / "a").write_text("a")
    git(worktree(root), "add", "a")
    git(worktree(root), "commit", "-q", "-m", "Half")
    git(worktree(root), "push", "-q", "origin", "HEAD")
    assert collect(root).why == "the run is not done"


def test_what_runs_or_is_leased_is_not_removed_even_with_force(done, collect, git):
    root = done()
    state = Project.find(root).state
    with RunGuard(state / "run", "TASK-001", ""):
        assert collect(root, force=True).why == "it is running"
    lock = FileLock(state / "lease/TASK-001", "ben@desktop")
    assert lock.try_acquire()
    assert collect(root, force=True).why == "ben@desktop has a lease on the task"
    lock.release()
    assert collect(root, force=True).action == "removed"


def test_branches_and_worktrees_of_the_users_own_are_left_alone(make_clone, git, tmp_path, collect):
    root = make_clone()
    git(root, "worktree", "add", "-q", "-b", "feature", str(tmp_path / "feature"))
    git(root, "branch", "orc/notes")
    assert Collector(OrcWorkspace.open(root), force=True).collect() == []
    assert "orc/notes" in git(root, "branch", "--list", "orc/*")


def test_a_remote_that_does_not_answer_leaves_what_only_it_has(done, git, tmp_path):
    root = done()
    git(worktree(root), "push", "-q", "origin", "HEAD")
    (tmp_path / "remote.git").rename(tmp_path / "gone.git")
    collector = Collector(OrcWorkspace.open(root))
    [fate] = collector.collect()
    assert fate.action == "kept"
    assert "not known" in collector.warnings[0]

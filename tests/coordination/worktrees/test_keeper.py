from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.worktrees.errors import WorktreeError
from peerplan_jupyter.coordination.worktrees.keeper import Origin

from ...support.checkouts import untouched
from ...support.orc import OrcProcess

TASK = TaskId.parse("TASK-AM-001")


def test_a_run_gets_a_worktree_and_a_branch_named_after_task_and_executor(
    make_clone, git, keeper, ignoring
):
    root = ignoring(make_clone())
    with untouched(root):
        got = keeper(root).get(TASK, "am")
    assert got.origin is Origin.NEW
    assert got.worktree.path == root / ".orc/worktrees/TASK-AM-001-am"
    assert git(got.worktree.path, "branch", "--show-current") == "orc/TASK-AM-001-am"
    assert got.worktree.head() == git(root, "rev-parse", "HEAD")
    assert git(root, "config", "--get-regexp", "branch.orc", check=False) == ""


def test_alone_the_names_end_with_the_task(make_clone, git, keeper):
    root = make_clone()
    got = keeper(root).get(TaskId.parse("TASK-001"), "")
    assert got.worktree.path.name == "TASK-001"
    assert git(got.worktree.path, "branch", "--show-current") == "orc/TASK-001"


def test_the_same_run_gets_the_same_worktree_with_what_was_not_committed(make_clone, keeper):
    root = make_clone()
    path = keeper(root).get(TASK, "am").worktree.path
    (path / "half.py").write_text("half")
    again = keeper(root).get(TASK, "am")
    assert again.origin is Origin.THERE
    assert again.worktree.path == path
    assert (path / "half.py").read_text() == "half"


def test_two_executors_work_apart(make_clone, keeper):
    root = make_clone()
    am, bj = (keeper(root).get(TASK, tag).worktree for tag in ("am", "bj"))
    (am.path / "app.py").write_text("am")
    (bj.path / "app.py").write_text("bj")
    assert am.commit("am") != bj.commit("bj")


def test_from_inside_a_worktree_the_main_one_is_meant(make_clone, keeper):
    root = make_clone()
    inside = keeper(root).get(TASK, "am").worktree.path
    assert keeper(inside).get(TASK, "bj").worktree.path == root / ".orc/worktrees/TASK-AM-001-bj"


def test_a_worktree_whose_folder_was_deleted_is_made_anew_for_its_branch(make_clone, git, keeper):
    root = make_clone()
    first = keeper(root).get(TASK, "am").worktree
    (first.path / "app.py").write_text("1")
    commit = first.commit("work")
    (first.path / "staged.py").write_text("staged")
    git(first.path, "add", "staged.py")
    shutil.rmtree(first.path)
    again = keeper(root).get(TASK, "am")
    assert again.origin is Origin.BRANCH
    assert again.worktree.head() == commit
    rescued = git(root, "for-each-ref", "--format=%(refname)", "refs/orc/rescue")
    assert rescued in again.warnings[0]
    assert git(root, "show", f"{rescued}:staged.py") == "staged"


def test_a_worktree_that_lost_its_git_file_gets_it_back_and_its_changes_stay(
    make_clone, git, keeper
):
    root = make_clone()
    worktree = keeper(root).get(TASK, "am").worktree
    (worktree.path / "half.py").write_text("half")
    (worktree.path / ".git").unlink()
    with pytest.raises(WorktreeError, match="gone"):
        worktree.commit("would land in the repository around it")
    again = keeper(root).get(TASK, "am")
    assert "lost its .git" in again.warnings[0]
    assert git(again.worktree.path, "status", "--porcelain") == "?? half.py"


def test_a_folder_that_git_knows_nothing_of_is_put_aside_whole(make_clone, git, keeper):
    root = make_clone()
    worktree = keeper(root).get(TASK, "am").worktree
    (worktree.path / "half.py").write_text("half")
    (worktree.path / ".git").unlink()
    git(root, "worktree", "prune")
    again = keeper(root).get(TASK, "am")
    assert again.origin is Origin.BRANCH
    aside = next(worktree.path.parent.glob("*.aside-*"))
    assert str(aside) in again.warnings[0]
    assert (aside / "half.py").read_text() == "half"


def test_what_git_was_making_when_it_was_killed_is_made_again(make_clone, git, keeper, monkeypatch):
    root = make_clone()
    worktree = keeper(root).get(TASK, "am").worktree
    (worktree.git_dir / "locked").write_text("initializing")
    (worktree.path / "README.md").unlink()
    monkeypatch.setattr("peerplan_jupyter.coordination.worktrees.keeper.BEING_MADE", 0.1)
    again = keeper(root).get(TASK, "am")
    assert again.origin is Origin.BRANCH
    assert (again.worktree.path / "README.md").exists()
    assert not again.worktree.is_dirty()


def test_a_lock_file_of_a_killed_git_does_not_stay_in_the_way(make_clone, keeper, monkeypatch):
    monkeypatch.setattr("peerplan_jupyter.coordination.dead_locks.DEAD", 0.1)
    root = make_clone()
    worktree = keeper(root).get(TASK, "am").worktree
    (worktree.git_dir / "index.lock").touch()
    (root / ".git/refs/heads/orc/TASK-AM-001-am.lock").touch()
    worktree = keeper(root).get(TASK, "am").worktree
    (worktree.path / "app.py").write_text("1")
    assert worktree.commit("work")


def test_a_branch_that_is_only_at_the_remote_is_gone_on_with(make_clone, make_remote, git, keeper):
    remote = make_remote()
    here, there = make_clone(remote), make_clone(remote, "there")
    other = keeper(there).get(TASK, "am").worktree
    (other.path / "app.py").write_text("1")
    tip = other.commit("work")
    git(other.path, "push", "-q", "origin", "HEAD")
    git(here, "fetch", "-q", "origin")
    got = keeper(here).get(TASK, "am", remote_tip=tip)
    assert got.origin is Origin.REMOTE
    assert got.worktree.head() == tip
    assert git(here, "config", "--get-regexp", "branch.orc", check=False) == ""


def test_a_branch_named_orc_is_in_the_way_and_said_to_be(make_clone, git, keeper):
    root = make_clone()
    git(root, "branch", "orc")
    with pytest.raises(WorktreeError, match="'orc'") as caught:
        keeper(root).get(TASK, "am")
    assert "git branch -m orc" in caught.value.hint


def test_a_repository_without_commits_is_refused_and_nothing_is_left(tmp_path, git, keeper):
    git(tmp_path, "init", "-q", "empty")
    with pytest.raises(WorktreeError, match="no commits yet"):
        keeper(tmp_path / "empty").get(TASK, "am")
    assert git(tmp_path / "empty", "for-each-ref") == ""


def test_a_detached_head_is_where_the_work_begins(make_clone, git, keeper):
    root = make_clone()
    git(root, "commit", "-q", "--allow-empty", "-m", "Second")
    git(root, "checkout", "-q", "--detach", "HEAD~1")
    assert keeper(root).get(TASK, "am").worktree.head() == git(root, "rev-parse", "HEAD")


def test_a_shallow_clone_has_worktrees_too(make_clone, tmp_path, git, keeper):
    origin = make_clone()
    git(origin, "commit", "-q", "--allow-empty", "-m", "Second")
    git(tmp_path, "clone", "-q", "--depth=1", origin.as_uri(), "shallow")
    worktree = keeper(tmp_path / "shallow").get(TASK, "am").worktree
    (worktree.path / "app.py").write_text("1")
    assert worktree.commit("work")


def test_a_repository_with_submodules_has_worktrees_and_submodules_have_their_own(
    make_clone, git, keeper
):
    root, part = make_clone(), make_clone(name="part")
    git(root, "submodule", "--quiet", "add", str(part), "part")
    git(root, "commit", "-q", "-m", "Add part")
    worktree = keeper(root).get(TASK, "am").worktree
    (worktree.path / "app.py").write_text("1")
    worktree.commit("work")
    assert git(worktree.path, "ls-tree", "HEAD", "part").startswith("160000")
    inner = keeper(root / "part").get(TASK, "am").worktree
    assert inner.path.is_relative_to(root / "part/.orc")


def test_a_failure_leaves_neither_branch_nor_worktree(make_clone, git, keeper):
    root = make_clone()
    (root / ".orc").mkdir()
    (root / ".orc/worktrees").mkdir()
    (root / ".git/worktrees").write_text("a file where git wants a folder")
    with pytest.raises(WorktreeError):
        keeper(root).get(TASK, "am")
    assert git(root, "branch", "--list", "orc/*") == ""
    assert [one.name for one in (root / ".orc/worktrees").iterdir()] == [".gitignore"]


def test_a_failure_leaves_a_branch_that_was_there(make_clone, git, keeper):
    root = make_clone()
    git(root, "branch", "orc/TASK-AM-001-am")
    git(root, "checkout", "-q", "orc/TASK-AM-001-am")
    with pytest.raises(WorktreeError, match="already checked out"):
        keeper(root).get(TASK, "am")
    assert "orc/TASK-AM-001-am" in git(root, "branch", "--list", "orc/*")


def test_somebody_on_another_branch_in_the_worktree_is_told_how_to_come_back(
    make_clone, git, keeper
):
    root = make_clone()
    path = keeper(root).get(TASK, "am").worktree.path
    git(path, "switch", "-q", "-c", "elsewhere")
    with pytest.raises(WorktreeError, match="is on elsewhere") as caught:
        keeper(root).get(TASK, "am")
    assert "switch orc/TASK-AM-001-am" in caught.value.hint


def add(root: Path, *numbers: int) -> OrcProcess:
    return OrcProcess(root, *map(str, numbers), module=f"{__package__}.adding")


def test_24_worktrees_are_made_at_once_by_six_processes(make_clone, git):
    root = make_clone()
    racing = [add(root, *range(first, 25, 6)) for first in range(1, 7)]
    assert [one.end().err for one in racing] == [""] * 6
    assert len(git(root, "worktree", "list").splitlines()) == 25
    assert len(git(root, "branch", "--list", "orc/*").splitlines()) == 24


def test_processes_that_want_the_same_worktree_get_the_same(make_clone, git):
    root = make_clone()
    racing = [add(root, 1) for _ in range(4)]
    assert [one.end().err for one in racing] == [""] * 4
    assert len(git(root, "worktree", "list").splitlines()) == 2


def test_a_worktree_of_the_users_own_that_is_away_is_not_forgotten(
    make_clone, git, keeper, tmp_path
):
    root = make_clone()
    git(root, "worktree", "add", "-q", str(tmp_path / "stick"), "-b", "mine")
    (tmp_path / "stick").rename(tmp_path / "unplugged")
    first = keeper(root).get(TASK, "am").worktree.path
    shutil.rmtree(first)
    keeper(root).get(TASK, "am")
    assert "refs/heads/mine" in git(root, "worktree", "list", "--porcelain")


def test_the_folder_of_worktrees_may_lie_beside_the_repository(make_clone, tmp_path, git):
    from peerplan_jupyter.coordination.worktrees.keeper import Worktrees

    root = make_clone()
    with untouched(root):
        got = Worktrees(Project.find(root), tmp_path / "work-worktrees").get(TASK, "am")
    assert got.worktree.path == tmp_path / "work-worktrees/TASK-AM-001-am"
    assert Project.find(got.worktree.path).root == Path(root)

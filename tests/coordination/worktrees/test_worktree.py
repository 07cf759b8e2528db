from __future__ import annotations

import pytest

from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.worktrees.errors import WorktreeError
from peerplan_jupyter.coordination.worktrees.rescue import rescue_files

from ...support.checkouts import untouched

TASK = TaskId.parse("TASK-AM-001")


def test_all_that_changed_is_committed_and_nothing_is_committed_twice(make_clone, git, keeper):
    root = make_clone()
    worktree = keeper(root).get(TASK, "am").worktree
    (worktree.path / "new.py").write_text("new")
    (worktree.path / "README.md").unlink()
    assert worktree.commit("[orc] TASK-AM-001: implement passed") == worktree.head()
    assert git(worktree.path, "show", "--format=%s|%an", "--name-status").split("\n") == [
        "[orc] TASK-AM-001: implement passed|Ada",
        "",
        "D\tREADME.md",
        "A\tnew.py",
    ]
    assert worktree.commit("again") is None


def test_hooks_and_signatures_of_the_user_play_no_part(make_clone, git, keeper):
    root = make_clone()
    hook = root / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    git(root, "config", "commit.gpgSign", "true")
    worktree = keeper(root).get(TASK, "am").worktree
    (worktree.path / "new.py").write_text("new")
    assert worktree.commit("work")


def test_who_has_no_name_in_git_can_commit(make_clone, git, keeper, monkeypatch, tmp_path):
    root = make_clone()
    (tmp_path / "gitconfig").write_text("[user]\nuseConfigOnly = true\n")
    worktree = keeper(root).get(TASK, "am").worktree
    (worktree.path / "new.py").write_text("new")
    assert worktree.commit("work")


def test_conflicts_are_not_committed(make_clone, git, keeper):
    root = make_clone()
    worktree = keeper(root).get(TASK, "am").worktree
    (root / "README.md").write_text("theirs\n")
    git(root, "commit", "-q", "-a", "-m", "Theirs")
    (worktree.path / "README.md").write_text("ours\n")
    worktree.commit("ours")
    git(worktree.path, "merge", "-q", "main", check=False)
    with pytest.raises(WorktreeError, match=r"conflicts: README\.md"):
        worktree.commit("would hold conflict markers")


def test_an_ignored_file_is_committed_where_it_is_asked_for(make_clone, git, keeper):
    root = make_clone()
    worktree = keeper(root).get(TASK, "am").worktree
    (worktree.path / ".gitignore").write_text(".orc/\n")
    (worktree.path / ".orc").mkdir()
    (worktree.path / ".orc/task.yaml").write_text("id: x")
    worktree.commit("task", ".orc/task.yaml")
    assert git(worktree.path, "show", "HEAD:.orc/task.yaml") == "id: x"


def test_what_is_not_committed_is_rescued_once_and_stays_where_it_is(make_clone, git, keeper):
    root = make_clone()
    worktree = keeper(root).get(TASK, "am").worktree
    assert rescue_files(worktree) is None
    (worktree.path / "new.py").write_text("new")
    (worktree.path / "README.md").write_text("changed")
    with untouched(root, ".orc"):
        rescue = rescue_files(worktree)
    assert rescue is not None
    assert git(root, "show", f"{rescue.ref}:new.py") == "new"
    assert git(root, "show", f"{rescue.ref}:README.md") == "changed"
    assert (worktree.path / "new.py").read_text() == "new"
    assert worktree.is_dirty()
    assert git(root, "rev-parse", f"{rescue.ref}^") == worktree.head()

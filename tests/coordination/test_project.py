from __future__ import annotations

import pytest

from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.errors import InvalidInputError, NotFoundError


def test_the_root_is_the_main_work_tree_from_anywhere_in_the_repository(
    make_project, git, tmp_path
):
    root = make_project()
    (root / "deep" / "er").mkdir(parents=True)
    git(root, "worktree", "add", "-q", str(root / ".orc/worktrees/TASK-001"))
    for place in (root, root / "deep" / "er", root / ".orc/worktrees/TASK-001"):
        found = Project.find(place)
        assert found.root == root.resolve()
        assert found.state == root.resolve() / ".git" / "orc"


def test_variables_that_git_sets_for_hooks_lead_nowhere_else(make_project, monkeypatch):
    root, other = make_project(), make_project("other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    project = Project.find(root)
    assert project.root == root.resolve()
    assert project.runner.run("rev-parse", "--git-dir").text == str(root.resolve() / ".git")


def test_a_folder_outside_of_git_is_refused(tmp_path):
    with pytest.raises(NotFoundError, match="not in a git repository"):
        Project.find(tmp_path)


def test_a_bare_repository_is_refused(make_remote):
    with pytest.raises(InvalidInputError, match="no files to work on"):
        Project.find(make_remote())


def test_a_worktree_of_a_bare_repository_is_a_root_and_one_in_it_is_not(
    make_remote, make_project, git, tmp_path
):
    bare = make_remote()
    git(make_project(), "push", "-q", str(bare), "HEAD:main")
    main = tmp_path / "main"
    git(bare, "worktree", "add", "-q", str(main), "main")
    inner = main / ".orc" / "worktrees" / "TASK-001"
    git(bare, "worktree", "add", "-q", "-b", "orc/TASK-001", str(inner), "main")
    assert Project.find(main).root == main.resolve()
    assert Project.find(inner).root == main.resolve()


def test_a_submodule_is_a_project_of_its_own(make_project, git):
    root, inner = make_project(), make_project("inner")
    git(root, "submodule", "add", "-q", str(inner), "sub")
    assert Project.find(root / "sub").root == (root / "sub").resolve()
    assert Project.find(root / "sub").common_dir == (root / ".git/modules/sub").resolve()

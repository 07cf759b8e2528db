from __future__ import annotations

import fcntl
import os
import sys

import pytest

from peerplan_jupyter.errors import GitError, InvalidInputError, NotFoundError, UnreachableError
from peerplan_jupyter.git.process import GitRunner
from peerplan_jupyter.git.repository import Repository, Signature, branch_ref


def test_a_folder_outside_any_repository_is_said_to_be_none(tmp_path):
    with pytest.raises(NotFoundError, match="not in a git repository"):
        Repository.open(tmp_path)
    with pytest.raises(NotFoundError, match="not in a git repository"):
        Repository.open(tmp_path / "gone")


def test_a_repository_is_found_from_a_folder_inside_it(make_clone, opened):
    work = make_clone()
    (work / "a" / "b").mkdir(parents=True)
    assert opened(work / "a" / "b").work_tree == work


def test_linked_work_trees_and_submodules_are_repositories(make_clone, opened, git, tmp_path):
    library, work = make_clone(name="library"), make_clone()
    git(work, "worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "side")
    git(work, "submodule", "--quiet", "add", str(library), "lib")

    linked = opened(tmp_path / "linked")
    assert linked.common_dir == work / ".git"
    assert linked.branch() == "side"
    assert linked.resolve("refs/heads/main") == git(work, "rev-parse", "main")

    submodule = opened(work / "lib")
    assert submodule.common_dir == work / ".git" / "modules" / "lib"
    assert submodule.resolve("refs/heads/main") == git(library, "rev-parse", "main")


def test_a_detached_head_has_no_branch(make_clone, opened, git):
    work = make_clone()
    assert opened(work).branch() == "main"
    git(work, "checkout", "--quiet", "--detach")
    assert opened(work).branch() is None


def test_a_bare_repository_has_no_work_tree(make_remote, opened):
    remote = opened(make_remote())
    assert remote.bare
    assert remote.resolve("refs/heads/main") is None


def test_git_is_run_here_whatever_the_environment_says(make_clone, opened, git, monkeypatch):
    work, other = make_clone(), make_clone(name="other")
    expected = git(work, "rev-parse", "main")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git" / "objects"))
    monkeypatch.setenv("GIT_NAMESPACE", "elsewhere")
    assert opened(work).resolve("refs/heads/main") == expected


def test_the_signature_is_the_callers_then_gits_then_a_fallback(make_clone, opened, monkeypatch):
    repository = opened(make_clone())
    assert str(repository.signature("Grace", "g@x")) == "Grace <g@x>"
    assert str(repository.signature()) == "Ada <ada@example.org>"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert str(opened(repository.work_tree).signature()) == "peerplan <peerplan@localhost>"


def test_a_signature_cannot_break_out_of_its_line():
    hostile = Signature("Eve>\ncommitter Mallory <m@x", "<e@x>\0")
    assert str(hostile) == "Evecommitter Mallory m@x <e@x>"


@pytest.mark.parametrize(
    "name", ["-x", "a..b", "a b", "a~1", "a/.b", "x.lock", "", "a@{1}", "a\nb"]
)
def test_a_branch_name_that_git_forbids_is_refused(name):
    with pytest.raises(InvalidInputError):
        branch_ref(name)


def test_a_command_that_does_not_end_is_ended_with_its_children(make_clone, tmp_path):
    work, held = make_clone(), tmp_path / "held"
    child = tmp_path / "child.py"
    child.write_text(
        "import fcntl, sys, time\n"
        "file = open(sys.argv[1], 'w')\n"
        "fcntl.flock(file, fcntl.LOCK_EX)\n"
        "print('held', file=file, flush=True)\n"
        "time.sleep(120)\n"
    )
    alias = f"alias.hang=!{sys.executable} {child} {held}"
    with pytest.raises(UnreachableError, match="did not finish within 3 s"):
        GitRunner(work / ".git", work).run("-c", alias, "hang", timeout=3)
    with held.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert file.read() == "held\n"


def test_a_missing_git_is_named(make_clone, opened, monkeypatch):
    repository = opened(make_clone())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitError, match="git was not found"):
        repository.config("user.name")


def test_a_repository_that_was_closed_can_be_asked_again(make_clone, opened, git):
    work = make_clone()
    repository = opened(work)
    repository.prepare()
    repository.close()
    git(work, "config", "user.name", "Ada")
    assert repository.config("user.name") == "Ada"
    repository.close()

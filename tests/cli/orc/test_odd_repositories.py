"""Tasks begun, run and seen in repositories that are not as most are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ...support.checkouts import untouched

WORK = ("--yes", "--command", "echo {phase} >> done.txt")


@pytest.fixture
def works(orc, begins, monkeypatch) -> Callable[..., str]:
    """Begins a task in a folder, runs it to its end, and lists it; the id that it got."""

    def work(folder: Path, *, written: str = ".orc") -> str:
        monkeypatch.chdir(folder)
        with untouched(folder, written):
            task: str = begins()
            done = orc("run", task, *WORK)
            assert done.code == 0, done.err
            assert f"{task}  completed" in orc("list").out
            assert f"{task}  completed" in orc("list", "--team").out
        return task

    return work


def test_a_shallow_clone(works, team, git, tmp_path):
    git(team, "commit", "-q", "--allow-empty", "-m", "Second")
    git(team, "push", "-q")
    remote = f"file://{git(team, 'remote', 'get-url', 'origin')}"
    git(tmp_path, "clone", "-q", "--depth=1", remote, "shallow")
    task = works(tmp_path / "shallow")
    assert f"orc/{task}-am" in git(team, "ls-remote", "origin")
    assert git(tmp_path / "shallow", "rev-parse", "--is-shallow-repository") == "true"


def test_a_detached_head(works, team, git):
    git(team, "checkout", "-q", "--detach")
    works(team)
    assert git(team, "branch", "--show-current") == ""


def test_no_remote(works, team, git):
    git(team, "remote", "remove", "origin")
    works(team)


def test_a_submodule_is_a_project_of_its_own(works, team, make_clone, git):
    part = make_clone(name="part")
    git(team, "submodule", "--quiet", "add", str(part), "part")
    git(team, "commit", "-q", "-m", "Add part")
    assert works(team / "part") == "TASK-001"
    assert (team / "part/.orc/tasks/TASK-001/task.yaml").exists()
    assert not (team / ".orc/tasks").exists()


def test_a_repository_without_commits(orc, git, tmp_path, monkeypatch):
    git(tmp_path, "init", "-q", "empty")
    monkeypatch.chdir(tmp_path / "empty")
    assert orc("new", "Begin", "--json").json["id"] == "TASK-001"
    refused = orc("run", "TASK-001", *WORK)
    assert refused.code != 0
    assert "no commits yet" in refused.err
    assert "TASK-001" in orc("list").out


def test_a_branch_named_orc_keeps_the_task_and_says_what_to_do(orc, begins, apart, git):
    git(apart, "branch", "orc")
    task = begins()
    refused = orc("run", task, *WORK)
    assert refused.code != 0
    assert "git branch -m orc" in refused.err
    assert (apart / ".orc/tasks/TASK-AM-001/task.yaml").exists()
    git(apart, "branch", "-m", "orc", "mine")
    assert orc("run", task, *WORK).code == 0


@pytest.mark.parametrize("command", ["new", "run", "list", "show", "status", "gc", "doctor"])
def test_a_bare_repository_is_refused_by_every_command(orc, make_remote, monkeypatch, command):
    monkeypatch.chdir(make_remote())
    given = {"new": ["A task"], "run": ["TASK-001"], "show": ["TASK-001"]}.get(command, [])
    refused = orc(command, *given)
    assert refused.code != 0
    assert "bare" in refused.err


def test_a_path_with_spaces_and_other_letters(works, make_clone, make_remote, tmp_path):
    works(make_clone(make_remote(), "mein prüf 目录"))


@pytest.mark.parametrize(
    ("source", "name"),
    [("username", "Zoë O'Hara-Müller"), ("username", "李明"), ("username", "-rf"),
     ("machine", "a..b@{c}"), ("machine", "🦀")],
)  # fmt: skip
def test_people_and_machines_of_any_name(works, team, git, monkeypatch, source, name):
    monkeypatch.setenv("LOGNAME", name)
    monkeypatch.setattr("socket.gethostname", lambda: name)
    monkeypatch.setenv("ORC_DISPLAY_NAME", name)
    config = team / ".orc/shared/config.yaml"
    config.write_text(f"task_id: {{mode: p2p, prefix_source: {source}}}\n")
    task = works(team)
    assert task.isascii()
    assert f"refs/heads/orc/{task}-" in git(team, "ls-remote", "origin")


FOLDERS = [".orc", ".orc/shared", ".orc/tasks", ".orc/worktrees", ".git/orc"]


@pytest.mark.parametrize("place", FOLDERS)
def test_a_file_where_a_folder_belongs_is_named_and_kept(orc, make_clone, monkeypatch, place):
    root = make_clone()
    monkeypatch.chdir(root)
    (root / place).parent.mkdir(exist_ok=True)
    (root / place).write_text("mine\n")
    for args in (("new", "Greet"), ("run", "1", *WORK), ("list",), ("team", "init")):
        done = orc(*args)
        named = place in done.err or "There is no task TASK-001" in done.err
        assert done.code == 0 or named, (args, done)
        assert (root / place).read_text() == "mine\n"

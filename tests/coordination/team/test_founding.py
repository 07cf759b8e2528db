from __future__ import annotations

import pytest

from peerplan_jupyter.coordination.config.schema import Mode, PrefixSource
from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.team.founding import found
from peerplan_jupyter.coordination.team.ignoring import ignored, write_rules
from peerplan_jupyter.coordination.team.merge_driver import is_registered

from ...support.checkouts import untouched


def test_the_structure_of_the_document_is_made(make_project, opened, git):
    root = make_project()
    with untouched(root, ".orc"):
        done = found(opened(root).project, PrefixSource.USERNAME)
    shared = root / ".orc/shared"
    assert all((shared / name).is_dir() for name in ("prompts", "skills", "templates"))
    assert {path.name for path in done.written} == {
        "config.yaml", "team.yaml", ".gitattributes", ".gitignore",
    }  # fmt: skip
    workspace = opened(root)
    assert workspace.resolved.mode is Mode.P2P
    assert workspace.config.task_id.prefix_source is PrefixSource.USERNAME
    assert is_registered(workspace.project.runner)
    assert not (root / ".gitignore").exists()


def test_making_it_again_changes_nothing(make_project):
    project = Project.find(make_project(shared__team="members: [{initials: AM}]"))
    found(project)
    files = {path: path.read_bytes() for path in project.orc.rglob("*") if path.is_file()}
    assert found(project).written == ()
    assert {path: path.read_bytes() for path in project.orc.rglob("*") if path.is_file()} == files
    assert (project.shared / "team.yaml").read_text() == "members: [{initials: AM}]"


def test_tasks_keep_their_ids(make_project, opened):
    root = make_project(tasks__TASK_0="x")
    old = root / ".orc/tasks/TASK-001"
    old.mkdir()
    (old / "task.yaml").write_text("id: TASK-001\n")
    found(Project.find(root))
    assert (old / "task.yaml").read_text() == "id: TASK-001\n"


def test_git_takes_what_is_to_be_tracked_and_ignores_the_rest(make_project, git):
    root = make_project()
    found(Project.find(root))
    paths = {
        "shared/prompts/implement.md": True,
        "tasks/TASK-AM-001/task.yaml": True,
        "tasks/TASK-AM-001/plan.yaml": True,
        "tasks/TASK-AM-001/state.yaml": True,
        "tasks/TASK-AM-001/transcripts/t.md": False,
        "tasks/TASK-AM-001/lock.yaml": False,
        "local/prompts/implement.md": False,
        "worktrees/TASK-AM-001-am/x": False,
        "orc.db": False,
        "orc.db-wal": False,
    }
    for path in paths:
        (root / ".orc" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / ".orc" / path).write_text("x")
    git(root, "add", "-A")
    tracked = set(git(root, "ls-files").splitlines())
    assert {path: f".orc/{path}" in tracked for path in paths} == paths


@pytest.mark.parametrize("rule", [".orc/", ".*", "*.yaml", "shared"])
def test_a_rule_that_is_in_the_way_is_explained(make_project, rule):
    root = make_project()
    (root / ".gitignore").write_text(f"# mine\n{rule}\n")
    done = found(Project.find(root))
    assert done.ignored
    assert f"{rule!r} (.gitignore, line 2)" in done.ignored[0].sentence


def test_nothing_is_in_the_way_as_a_rule(make_project):
    project = Project.find(make_project())
    assert write_rules(project)
    assert ignored(project) == []
    (project.orc / ".gitignore").write_text("mine\n")
    assert not write_rules(project)
    assert (project.orc / ".gitignore").read_text() == "mine\n"

"""Cleaning up and mending that are killed anywhere: nothing is lost, and the next ends it."""

from __future__ import annotations

import os

import pytest

from peerplan_jupyter.coordination.visibility.tasks import known_team_tasks
from peerplan_jupyter.coordination.workspace import OrcWorkspace

from ..running.conftest import begin, scene
from ..running.mortal import Ended
from ..running.scene import every_step

__all__ = ["begin", "scene"]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="commands are forked here")
ONLY_HERE = "what is nowhere else\n"


@every_step
@pytest.mark.parametrize("lag", [None, 0.0])
def test_what_is_nowhere_else_is_kept_wherever_cleaning_up_is_killed(
    scene, make_clone, begin, git, lag
):
    root = make_clone(name=f"{scene.folder.name}/alone")
    begin(root, implement="echo 1 > a")
    assert scene.orc("alone", "run", "TASK-001", "--yes").code == 0
    (root / ".orc/worktrees/TASK-001/b").write_text(ONLY_HERE)
    tip = git(root, "rev-parse", "orc/TASK-001")
    scene.keep()

    def go_on(killed: Ended) -> None:
        assert scene.goes_on("alone", "gc", "--force").code == 0
        assert not (root / ".orc/worktrees/TASK-001").exists()
        assert git(root, "branch", "--list", "orc/*") == ""
        kept = git(root, "for-each-ref", "--format=%(objectname)", "refs/orc/rescue").split()
        assert tip in git(root, "rev-list", *kept).split()
        texts = [git(root, "show", f"{one}:b", check=False) for one in kept]
        assert ONLY_HERE.strip() in texts

    assert scene.killed_everywhere(go_on, "alone", "gc", "--force", lag=lag) > 3


@every_step
@pytest.mark.parametrize("lag", [None, 0.0])
def test_a_task_that_gets_another_id_is_there_once_wherever_that_is_killed(
    scene, make_clone, make_remote, git, lag
):
    remote = make_remote(f"{scene.folder.name}/remote.git")
    clones = [make_clone(remote, f"{scene.folder.name}/{one}") for one in ("laptop", "desktop")]
    mine = {"ORC_MODE": "p2p", "ORC_INITIALS": "AM", "ORC_DISPLAY_NAME": "Ada"}
    for clone in clones:
        git(clone, "remote", "set-url", "origin", str(remote.with_name("gone.git")))
        assert scene.orc(clone.name, "new", f"On the {clone.name}", **mine).code == 0
        git(clone, "remote", "set-url", "origin", str(remote))
        git(clone, "push", "-q", "origin", "refs/heads/orc-state/*")
    for clone in clones:
        git(clone, "fetch", "-q")
    scene.keep()
    desktop = clones[1]

    def go_on(killed: Ended) -> None:
        assert scene.goes_on("desktop", "doctor", "--fix", **mine).code == 0
        rows = known_team_tasks(OrcWorkspace.open(desktop, mine).project).rows
        told = [(row.id, row.title) for row in rows]
        assert [title for _, title in told] == ["On the laptop", "On the desktop"], told
        assert told[0][0] == "TASK-AM-001"
        assert told[1][0] > "TASK-AM-001"
        folders = [one.name for one in (desktop / ".orc/tasks").iterdir()]
        assert folders == [told[1][0]]

    assert scene.killed_everywhere(go_on, "desktop", "doctor", "--fix", lag=lag, **mine) > 3


@every_step
def test_who_joins_is_in_the_team_once_wherever_that_is_killed(scene, make_clone, git):
    root = make_clone(name=f"{scene.folder.name}/alone")
    assert scene.orc("alone", "team", "init", "--commit").code == 0
    (root / "staged.txt").write_text("mine\n")
    git(root, "add", "staged.txt")
    scene.keep()
    join = ("team", "join", "--initials", "AM", "--name", "Ada", "--email", "a@b.org", "--commit")

    def go_on(killed: Ended) -> None:
        assert scene.goes_on("alone", *join).code == 0
        log = git(root, "log", "--format=%s").split("\n")
        assert log.count("[orc] AM joins the team") == 1, log
        changed = git(root, "show", "--name-only", "--format=", "HEAD")
        assert changed == ".orc/shared/members/AM.yaml"
        assert git(root, "status", "--porcelain") == "A  staged.txt"
        assert [one.name for one in (root / ".orc/shared/members").iterdir()] == ["AM.yaml"]

    assert scene.killed_everywhere(go_on, "alone", *join) > 3

"""A run, or the making of a task, that is killed where others look on through a remote."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.locks.remote_lease import RemoteLease, fetch_leases
from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.running.record import load, record_path
from peerplan_jupyter.coordination.visibility.row import Row
from peerplan_jupyter.coordination.visibility.tasks import team_tasks
from peerplan_jupyter.coordination.workspace import OrcWorkspace
from peerplan_jupyter.git.remote import find_remote

from ...support.checkouts import untouched
from ...support.repositories import Git
from .cut import cutting
from .mortal import KILLED, Ended
from .scene import SLOW, Scene, every_step
from .test_kills import PHASES

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are forked here")
ADA = {"ORC_INITIALS": "AM", "ORC_DISPLAY_NAME": "Ada"}
TASK = TaskId.parse("TASK-AM-001")
RUN = ("run", str(TASK), "--yes")
BRANCH = "orc/TASK-AM-001-am"


@dataclass(frozen=True)
class Team:
    """Ada's clone, in which a run is killed, Ben's, from which he looks on, and their remote."""

    scene: Scene
    git: Git

    @property
    def ada(self) -> Path:
        return self.scene.folder / "ada"

    @property
    def remote(self) -> Path:
        return self.scene.folder / "remote.git"

    def looks_on(self) -> tuple[dict[str, Row], list[RemoteLease]]:
        """What Ben sees: the tasks by their ids, and the leases. All of it can be read."""
        ben = OrcWorkspace.open(self.scene.folder / "ben", {"ORC_INITIALS": "BJ"})
        repository = ben.project.repository
        leases = list(fetch_leases(repository, find_remote(repository, "origin")).values())
        tasks = team_tasks(ben.project)
        assert (tasks.stale, tasks.unreadable) == ("", 0)
        assert all(isinstance(one, RemoteLease) for one in leases)
        return {row.id: row for row in tasks.rows}, leases

    def check_done(self) -> None:
        """The task is done, for all to see, and nobody holds it."""
        rows, leases = self.looks_on()
        assert (rows[str(TASK)].status, leases) == ("completed", [])
        files = self.git(self.remote, "ls-tree", "-r", "--name-only", BRANCH).split("\n")
        assert [one for one in files if "/" not in one] == ["README.md", "greeting.txt", "seen.txt"]
        heads = ("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/orc*")
        assert self.git(self.remote, *heads) == self.git(self.ada, *heads)
        subjects = self.git(self.remote, "log", "--format=%s", f"main..{BRANCH}").split("\n")
        assert subjects == [
            "[orc] TASK-AM-001: test passed",
            "[orc] TASK-AM-001: implement passed",
        ]
        assert not list((self.ada / ".git/orc").glob("run/*.yaml"))
        assert not list((self.ada / ".git/orc").glob("lease/*/lock.yaml"))
        assert self.git(self.ada, "for-each-ref", "refs/orc/tmp") == ""


@pytest.fixture
def team(scene: Scene, make_remote, make_clone, begin, git) -> Team:
    remote = make_remote(f"{scene.folder.name}/remote.git")
    ada = make_clone(remote, f"{scene.folder.name}/ada")
    (ada / ".orc/shared").mkdir(parents=True)
    (ada / ".orc/shared/config.yaml").write_text("task_id:\n  prefix_source: initials\n")
    (ada / ".orc/shared/team.yaml").write_text("members:\n- initials: AM\n  name: Ada\n")
    begin(ada, str(TASK), **PHASES)
    git(ada, "add", ".orc")
    git(ada, "commit", "-q", "-m", "[orc] TASK-AM-001: planned")
    git(ada, "push", "-q", "origin", "HEAD:main")
    git(scene.folder, "clone", "-q", "-b", "main", str(remote), "ben")
    scene.keep()
    return Team(scene, git)


def test_a_run_of_a_team_that_is_killed_again_and_again_comes_to_its_end(team):
    with untouched(team.ada, ".orc"):
        assert team.scene.killed_again_and_again(23, "ada", *RUN, **ADA).code == 0
    team.check_done()


def test_the_next_run_says_whose_lease_it_took_over(team):
    steps = team.scene.orc("ada", *RUN, **ADA).steps
    team.scene.restore()
    amid = next(number for number, one in enumerate(steps, 1) if one.startswith("run "))
    assert team.scene.orc("ada", *RUN, kill_at=amid, **ADA).code == KILLED
    assert list((team.ada / ".git/orc").glob("lease/*/lock.yaml"))
    assert team.scene.goes_on("ada", *RUN, **ADA).code == 0
    assert "Warning: The stale lease of root@" in team.scene.said
    assert "ended without a word; this one goes on." in team.scene.said
    team.check_done()


@every_step
def test_a_run_of_a_team_that_is_killed_at_any_step_is_gone_on_with(team):
    def go_on(killed: Ended) -> None:
        _, leases = team.looks_on()
        assert all((one.holder.owner, one.ttl) == ("Ada", 900) for one in leases)
        begun, before = _carried_out(team.ada), team.scene.logged()
        with untouched(team.ada, ".orc"):
            assert team.scene.goes_on("ada", *RUN, **ADA).code == 0
        team.check_done()
        for phase in PHASES:
            again = before.count(phase) + (phase not in begun)
            assert team.scene.logged().count(phase) == again

    assert team.scene.killed_everywhere(go_on, "ada", *RUN, **ADA) > 60


@pytest.fixture
def cut_everywhere(team: Team, tmp_path) -> Callable[..., None]:
    """Kills a command in so many places of what it tells the first `git fast-import`, each time in
    the scene as it was, and checks what it left.
    """

    def each(check: Callable[[], None], places: int, *args: str) -> None:
        tools = tmp_path / "tools"
        assert team.scene.orc("ada", *args, **ADA, **cutting(tools, 1_000_000)).code == 0
        told = int((tools / "heard").read_text())
        assert told > 200
        for place in range(1, places + 1):
            team.scene.restore()
            cut = cutting(tools, told * place // (places + 1))
            assert team.scene.orc("ada", *args, **ADA, **cut).code == KILLED
            check()

    return each


def test_a_task_whose_making_is_killed_amid_what_git_is_told_is_whole_or_not_there(
    team, cut_everywhere
):
    def go_on() -> None:
        before, _ = team.looks_on()
        assert team.scene.goes_on("ada", "new", "Second", **ADA).code == 0
        after, _ = team.looks_on()
        assert {row.title for row in after.values()} <= {"Add a greeting", "First", "Second"}
        assert [row.title for row in after.values()].count("Second") == 1
        assert set(before) <= set(after)
        assert team.git(team.ada, "for-each-ref", "refs/orc/tmp") == ""

    cut_everywhere(go_on, 30 if SLOW else 2, "new", "First")


@every_step
def test_a_run_that_is_killed_amid_what_git_is_told_is_gone_on_with(team, cut_everywhere):
    def go_on() -> None:
        with untouched(team.ada, ".orc"):
            assert team.scene.goes_on("ada", *RUN, **ADA).code == 0
        team.check_done()

    cut_everywhere(go_on, 30, *RUN)


@every_step
@pytest.mark.parametrize("lag", [0.0, 0.3])
def test_a_run_of_a_team_whose_git_outlives_it_is_gone_on_with(team, lag):
    def go_on(killed: Ended) -> None:
        with untouched(team.ada, ".orc"):
            assert team.scene.goes_on("ada", *RUN, **ADA).code == 0
        team.check_done()

    assert team.scene.killed_everywhere(go_on, "ada", *RUN, lag=lag, **ADA) > 10


def _carried_out(root: Path) -> list[str]:
    found = load(record_path(OrcWorkspace.open(root).project, TASK, "am"))
    phases = found.phases if found else []
    return [one.name for one in phases if one.attempts and one.attempts[-1].exit_code == 0]


@every_step
def test_a_task_whose_making_is_killed_at_any_step_is_whole_or_not_there(team):
    def go_on(killed: Ended) -> None:
        before, _ = team.looks_on()
        assert team.scene.goes_on("ada", "new", "Second", **ADA).code == 0
        after, _ = team.looks_on()
        titles = [row.title for row in after.values()]
        assert titles.count("Second") == 1
        assert set(titles) <= {"Add a greeting", "First", "Second"}
        assert set(before) <= set(after)
        shown = team.git(team.ada, "status", "--porcelain", "-uall", ".orc/tasks").split("\n")
        assert all(one.startswith("?? .orc/tasks/TASK-AM-") for one in shown)

    assert team.scene.killed_everywhere(go_on, "ada", "new", "First", **ADA) > 5

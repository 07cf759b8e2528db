"""Real merges by git, with the driver, without it, and as `merge=union` would have them."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Timer

import pytest

from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.team import merge_driver
from peerplan_jupyter.coordination.team.files import read_team
from peerplan_jupyter.coordination.team.founding import found
from peerplan_jupyter.coordination.team.merge_driver import (
    command,
    is_registered,
    joined_at_once,
    merge_files,
    register,
)
from peerplan_jupyter.coordination.yamlfile import read_yaml
from peerplan_jupyter.errors import GitError, InvalidInputError

TEAM = """version: 1
members:
  - initials: AM
    name: Alice
reserved_prefixes:
  - CC    # Reserved for Charlie
"""
OURS = TEAM.replace("reserved", "  - initials: OO\n    name: Oscar\nreserved")
THEIRS = TEAM.replace("reserved", "  - initials: TT\n    name: Tina\nreserved")


@pytest.fixture
def root(make_project, git) -> Path:
    """A team's project with the driver, with `TEAM` committed."""
    made: Path = make_project(shared__team=TEAM)
    found(Project.find(made))
    git(made, "add", ".orc")
    git(made, "commit", "-q", "-m", "Initialize orc team structure")
    return made


@pytest.fixture
def merge(git):
    """Commit a text of a file on two branches, and merge them; whether git found conflicts."""

    def run(root: Path, name: str, ours: str | None, theirs: str | None) -> bool:
        base = git(root, "branch", "--show-current")
        for branch, text in (("theirs", theirs), ("ours", ours)):
            git(root, "checkout", "-q", "-b", branch, base)
            place = root / ".orc/shared" / name
            if text is None:
                place.unlink()
            else:
                place.parent.mkdir(exist_ok=True)
                place.write_text(text)
            git(root, "add", ".orc")
            git(root, "commit", "-q", "-m", branch)
        git(root, "merge", "-q", "theirs", check=False)
        states = {line[:2] for line in git(root, "status", "--porcelain").splitlines()}
        return bool(states & {"UU", "AA"})

    return run


def test_with_the_driver_two_new_members_are_merged_without_a_conflict(root, merge):
    assert not merge(root, "team.yaml", OURS, THEIRS)
    team = read_team(Project.find(root))
    assert {one.name for one in team.members} == {"Alice", "Oscar", "Tina"}
    assert "# Reserved for Charlie" in (root / ".orc/shared/team.yaml").read_text()


def test_who_registers_it_waits_for_a_git_that_writes_the_configuration(make_project):
    project = Project.find(make_project())
    lock = project.root / ".git/config.lock"
    lock.touch()
    Timer(0.3, lock.unlink).start()
    assert register(project.runner)
    assert is_registered(project.runner)


def test_a_lock_of_a_killed_git_is_said_with_what_to_do(make_project, monkeypatch):
    project = Project.find(make_project())
    (project.root / ".git/config.lock").touch()
    monkeypatch.setattr(merge_driver, "PATIENCE", 0.1)
    with pytest.raises(GitError, match=r"is locked: .*config") as refused:
        register(project.runner)
    assert "remove it" in refused.value.hint


def test_line_by_line_union_would_make_one_person_of_two(root, merge, git):
    (root / ".orc/shared/.gitattributes").write_text("/*.yaml merge=union\n")
    git(root, "commit", "-qam", "Merge by lines")
    ours = TEAM.replace("    name: Alice\n", "    name: Alice\n    email: a@x\n")
    theirs = TEAM.replace("    name: Alice\n", "    name: Alice\n    email: b@x\n")
    assert not merge(root, "team.yaml", ours, theirs)
    with pytest.raises(InvalidInputError, match="twice"):
        read_yaml(root / ".orc/shared/team.yaml")


def test_without_the_driver_git_shows_an_ordinary_conflict(root, merge, git):
    git(root, "config", "--remove-section", "merge.orc-yaml")
    assert not is_registered(Project.find(root).runner)
    assert merge(root, "team.yaml", OURS, THEIRS)
    with pytest.raises(InvalidInputError, match="conflict markers"):
        read_yaml(root / ".orc/shared/team.yaml")


@pytest.mark.parametrize("program", ["/nowhere/orc", f"{sys.executable} -c 'import nothing' #"])
def test_where_the_program_is_gone_or_broken_git_merges_by_lines(root, merge, git, program):
    _, rest = command().split(" merge-driver %O %A %B %P", 1)
    git(root, "config", "merge.orc-yaml.driver", f"({program}\n){rest}")
    assert merge(root, "team.yaml", OURS, THEIRS)
    text = (root / ".orc/shared/team.yaml").read_text()
    assert "Oscar" in text
    assert "Tina" in text
    assert ">>>>>>> theirs" in text


def test_two_values_for_one_setting_are_a_conflict_that_git_knows_of(root, merge):
    ours = TEAM.replace("Alice", "Alice M")
    assert merge(root, "team.yaml", ours, TEAM.replace("Alice", "Alice Martinez"))
    text = (root / ".orc/shared/team.yaml").read_text()
    assert "<<<<<<< ours\n    name: Alice M\n=======\n    name: Alice Martinez\n" in text


def test_two_people_who_join_with_the_same_initials_are_a_conflict_that_says_so(root, merge):
    one, other = "initials: XY\nname: Xenia\n", "initials: XY\nname: Xaver\n"
    assert merge(root, "members/XY.yaml", one, other)
    team = read_team(Project.find(root))
    assert "two people joined as XY at once" in team.problems[0]
    assert "XY" in team.taken


def test_two_people_who_join_with_different_initials_are_no_conflict(root, merge, git):
    git(root, "checkout", "-q", "-b", "x")
    (root / ".orc/shared/members/AA.yaml").write_text("initials: AA\n")
    git(root, "add", ".orc")
    git(root, "commit", "-q", "-m", "AA joins")
    assert not merge(root, "members/BB.yaml", "initials: BB\n", "initials: BB\n")


def test_a_template_is_not_merged_by_the_driver(root, git):
    asked = git(
        root, "check-attr", "merge", ".orc/shared/templates/a.yaml", ".orc/shared/team.yaml"
    )
    assert asked.splitlines() == [
        ".orc/shared/templates/a.yaml: merge: unspecified",
        ".orc/shared/team.yaml: merge: orc-yaml",
    ]


def test_what_is_no_yaml_is_merged_by_lines(root, merge):
    broken = TEAM + "oops: {\n"
    assert not merge(root, "team.yaml", broken, TEAM.replace("version: 1", "version:  1"))
    assert (root / ".orc/shared/team.yaml").read_text() == broken.replace(": 1", ":  1")


def test_a_conflict_that_cannot_be_written_in_its_place_is_one_of_the_whole(
    tmp_path, monkeypatch, root
):
    monkeypatch.chdir(root)
    texts = {"base": "{a: 1}\n", "ours": "{a: 2}\n", "theirs": "{a: 3}\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    assert merge_files(tmp_path / "base", tmp_path / "ours", tmp_path / "theirs") == 1
    made = (tmp_path / "ours").read_text()
    assert made == "<<<<<<< ours\n{a: 2}\n=======\n{a: 3}\n>>>>>>> theirs\n"


def test_the_meaning_of_a_conflict_is_told_for_members_only():
    assert "joined as AM at once" in joined_at_once(".orc/shared/members/AM.yaml")
    assert joined_at_once(".orc/shared/team.yaml") == ""

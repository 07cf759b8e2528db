from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from peerplan_jupyter.git.fast_import import Delete, NewCommit, Write
from peerplan_jupyter.git.loose import LooseObjects, NotLooseError, write_loose
from peerplan_jupyter.git.repository import Signature

from ..support.repositories import write_commit

ADA = Signature("Ada", "ada@example.org")
REF = "refs/peerplan/tmp/x"
FILES = {
    "a": b"1", "a.b/c": b"2", "a-b/c": b"", "z/a/b/c": b"deep", "z/a0": b"x", "z/Ä ö": b"\0\xff\n",
}  # fmt: skip


def test_a_commit_is_the_one_that_fast_import_makes(make_clone, opened, git):
    work = make_clone()
    repository = opened(work)
    parent = git(work, "rev-parse", "HEAD")
    for number, changes in enumerate(
        (FILES, {"z/a/b/c": b"new", "z/d": b"1"}, {"README.md": b"hi"}, {"README.md/x": b"folder"})
    ):
        writes = [Write(path, data) for path, data in changes.items()]
        commit = NewCommit([parent], writes, f"Zeilé {number}\n\nbody\n", ADA)
        made = write_loose(repository.common_dir, commit)
        theirs = write_commit(repository, commit, f"{REF}{number}")
        told = "%T %P %an %ae %cn %ce %B"
        assert git(work, "log", "-1", f"--format={told}", made) == git(
            work, "log", "-1", f"--format={told}", theirs
        )
        parent = made
    git(work, "update-ref", "refs/heads/made", parent)
    assert git(work, "fsck", "--strict", "--no-dangling") == ""


def test_a_repository_of_longer_ids_gets_longer_ids(tmp_path, git):
    git(tmp_path, "init", "-q", "--object-format=sha256", "long")
    work = tmp_path / "long"
    git(work, "commit", "-q", "--allow-empty", "-m", "Begin")
    parent = git(work, "rev-parse", "HEAD")
    commit = NewCommit([parent], [Write("d/a", b"one")], "Go on", ADA)
    made = write_loose(work / ".git", commit)
    git(work, "update-ref", "refs/heads/made", made)
    assert git(work, "show", "made:d/a") == "one"
    assert git(work, "fsck", "--strict", "--no-dangling") == ""


def test_what_is_not_simple_is_left_to_git(make_clone, git):
    work = make_clone()
    parent = git(work, "rev-parse", "HEAD")
    file = work / "README.md"
    one = Write("d/a", b"one")
    for parents, changes in (
        ([], [one]),
        ([parent, parent], [one]),
        ([parent], [one, Delete("README.md")]),
        ([parent], [Write("d/a", file)]),
        ([parent], [Write(str(number), b"") for number in range(21)]),
        (["0" * 40], [one]),
    ):
        assert write_loose(work / ".git", NewCommit(parents, changes, "x", ADA)) is None
    commit = NewCommit([parent], [one], "x", ADA)
    assert write_loose(work / ".git", commit)
    (work / ".git/objects").chmod(0o775)
    assert write_loose(work / ".git", commit) is None
    (work / ".git/objects").chmod(0o755)
    git(work, "gc", "--quiet", "--prune=now")
    assert write_loose(work / ".git", commit) is None


def test_an_object_that_is_there_is_kept_from_being_cleared_away(make_clone, git):
    objects = LooseObjects(make_clone() / ".git")
    oid = objects.write("blob", b"one")
    place = objects._folder / oid[:2] / oid[2:]
    os.utime(place, (0, 0))
    assert objects.write("blob", b"one") == oid
    assert place.stat().st_mtime > 0
    assert objects.read(oid, "blob") == b"one"


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"x\x9c"])
def test_an_object_that_is_damaged_or_of_another_kind_is_not_read(make_clone, damage):
    objects = LooseObjects(make_clone() / ".git")
    oid = objects.write("blob", b"one")
    with pytest.raises(NotLooseError):
        objects.read(oid, "tree")
    place = objects._folder / oid[:2] / oid[2:]
    place.chmod(0o644)
    place.write_bytes(damage)
    with pytest.raises(NotLooseError):
        objects.read(oid, "blob")


def test_a_process_that_is_killed_in_the_middle_leaves_nothing_that_git_minds(make_clone, git):
    work = make_clone()
    parent = git(work, "rev-parse", "HEAD")
    asked = (
        "import sys, pathlib\n"
        "from peerplan_jupyter.git.fast_import import NewCommit, Write\n"
        "from peerplan_jupyter.git.loose import write_loose\n"
        "from peerplan_jupyter.git.repository import Signature\n"
        "ada, number = Signature('Ada', 'a@b'), 0\n"
        "while True:\n"
        "    number += 1\n"
        f"    files = [Write(f'd/{{number}}', str(number).encode() * 5000)]\n"
        f"    commit = NewCommit([{parent!r}], files, 'x', ada)\n"
        f"    print(write_loose(pathlib.Path({str(work / '.git')!r}), commit), flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", asked], stdout=subprocess.PIPE, text=True) as one:
        made = [one.stdout.readline().strip() for _ in range(20)]
        one.send_signal(signal.SIGKILL)
    git(work, "update-ref", "refs/heads/made", made[-1])
    assert git(work, "fsck", "--strict", "--no-dangling") == ""
    git(work, "gc", "--quiet", "--prune=now")
    assert not list((work / ".git/objects").glob("*/tmp_obj_*"))

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from peerplan_jupyter.errors import GitError
from peerplan_jupyter.git.commit_writer import CommitWriter
from peerplan_jupyter.git.fast_import import Delete, Keep, NewCommit, Write, blob_oid
from peerplan_jupyter.git.repository import Signature

from ..support.repositories import write_commit

ADA = Signature("Ada", "ada@example.org")
REF = "refs/peerplan/tmp/x"


def leftovers(work: Path) -> list[Path]:
    """What a git that did not come to its end leaves."""
    folder = work / ".git"
    return [*folder.glob("fast_import_crash*"), *(folder / "objects" / "pack").glob("tmp_*")]


def wait_for_end(process: int) -> None:
    """Wait until a process that is no child of ours has ended."""
    deadline = time.monotonic() + 20
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.kill(process, 0)
            time.sleep(0.01)
        raise AssertionError(f"The process {process} does not end.")


def test_a_first_commit_is_a_root_with_its_files(make_clone, opened, git, tmp_path):
    work, source = make_clone(), tmp_path / "source"
    source.write_bytes(b"\0binary\n" * 1000)
    changes = [Write("d/a.txt", b"one"), Write("d/b", source), Write('d/q"u\\o te', b"")]
    commit = write_commit(opened(work), NewCommit((), changes, "Zeilé\n\nbody", ADA), REF)

    assert git(work, "rev-parse", REF) == commit
    assert git(work, "log", "--format=%P|%an|%ae|%s|%b", REF) == "|Ada|ada@example.org|Zeilé|body"
    assert git(work, "-c", "core.quotePath=false", "ls-tree", "-rz", "--name-only", REF) == (
        'd/a.txt\0d/b\0d/q"u\\o te\0'
    )
    assert git(work, "rev-parse", f"{REF}:d/b") == blob_oid(source)
    assert git(work, "rev-parse", f"{REF}:d/a.txt") == blob_oid(b"one")


def test_a_commit_changes_only_what_it_names(make_clone, opened, git):
    work = make_clone()
    repository = opened(work)
    files = [Write("a/1", b"1"), Write("a/2", b"2"), Write("b/1", b"3")]
    first = write_commit(repository, NewCommit((), files, "One", ADA), REF)
    tree = git(work, "rev-parse", f"{first}:a")
    moves = [Keep("c", "40000", tree), Delete("a"), Write("b/2", b"4")]
    second = write_commit(repository, NewCommit((first,), moves, "Two", ADA), f"{REF}2")

    assert git(work, "ls-tree", "-r", "--name-only", second).split() == ["b/1", "b/2", "c/1", "c/2"]
    assert git(work, "rev-parse", f"{second}^") == first


def test_a_stream_that_breaks_off_leaves_no_commit_behind(make_clone, opened, git, tmp_path):
    work = make_clone()
    commit = NewCommit((), [Write("a", b"x"), Write("b", tmp_path / "gone")], "x", ADA)
    with pytest.raises(FileNotFoundError):
        write_commit(opened(work), commit, REF)
    assert git(work, "for-each-ref", "refs/peerplan") == ""
    assert leftovers(work) == []


def test_what_git_refuses_is_an_error_that_leaves_no_report_behind(make_clone, opened, git):
    work = make_clone()
    commit = NewCommit(("0" * 39 + "1",), [Write("a", b"x")], "x", ADA)
    with pytest.raises(GitError, match="could not write the commit"):
        write_commit(opened(work), commit, REF)
    assert leftovers(work) == []
    assert git(work, "for-each-ref", "refs/peerplan") == ""


def test_a_private_ref_is_gone_in_the_end_and_refs_move_forward(make_clone, opened, git):
    work = make_clone()
    repository = opened(work)
    main = git(work, "rev-parse", "main")
    with CommitWriter(repository) as writer:
        first = writer.write(NewCommit((), [Write("a", b"1")], "One", ADA), REF)
        assert git(work, "rev-parse", REF) == first
        writer.move({"refs/heads/new": first, "refs/heads/none": None})
        assert writer.end()
    assert git(work, "for-each-ref", "--format=%(refname)") == "refs/heads/main\nrefs/heads/new"

    with CommitWriter(repository) as writer:
        second = writer.write(NewCommit((first,), [Write("a", b"2")], "Two", ADA), REF)
        writer.move({"refs/heads/main": second, "refs/heads/new": second})
        assert not writer.end()
    assert (git(work, "rev-parse", "main"), git(work, "rev-parse", "new")) == (main, second)
    assert leftovers(work) == []


def test_a_writer_that_is_not_needed_leaves_nothing(make_clone, opened, git):
    work = make_clone()
    CommitWriter(opened(work)).close()
    assert leftovers(work) == []


def test_a_process_that_was_forked_meanwhile_does_not_keep_git_waiting(make_clone, opened, git):
    work = make_clone()
    with CommitWriter(opened(work)) as writer:
        inherited = os.dup(writer._process.stdin.fileno())
        made = writer.write(NewCommit((), [Write("a", b"1")], "One", ADA), REF)
        writer.move({"refs/heads/new": made})
        assert writer.end()
    os.close(inherited)
    assert git(work, "rev-parse", "new") == made


KILLED = """
import os, signal, sys
from pathlib import Path
from peerplan_jupyter.git.commit_writer import CommitWriter
from peerplan_jupyter.git.fast_import import NewCommit, Write
from peerplan_jupyter.git.repository import Repository, Signature

work, moment, ref = sys.argv[1:]

def files():
    yield from (Write(str(number), os.urandom(300_000)) for number in range(3))
    if moment == "during":
        os.kill(os.getpid(), signal.SIGKILL)

writer = CommitWriter(Repository.open(Path(work)))
print(writer._process.pid, flush=True)
commit = NewCommit((), files(), "x", Signature("a", "a@b"))
if moment == "after":
    commit = NewCommit((), [*files()], "x", Signature("a", "a@b"))
print(writer.write(commit, ref), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["during", "after"])
def test_a_process_that_is_killed_leaves_no_ref(make_clone, git, moment):
    work = make_clone()
    command = [sys.executable, "-c", KILLED, str(work), moment, REF]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout.split()
    assert (done.returncode, len(said)) == (-signal.SIGKILL, 1 if moment == "during" else 2)
    wait_for_end(int(said[0]))
    assert git(work, "for-each-ref", "refs/peerplan") == ""
    assert leftovers(work) == []

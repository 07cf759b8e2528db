from __future__ import annotations

import pytest

from peerplan_jupyter.errors import GitError, IntegrityError
from peerplan_jupyter.git.fast_import import (
    Delete,
    Keep,
    NewCommit,
    Write,
    blob_oid,
    stream,
    write_commit,
)
from peerplan_jupyter.git.repository import Signature

ADA = Signature("Ada", "ada@example.org")
REF = "refs/peerplan/tmp/x"


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


def test_a_file_that_changes_while_it_is_sent_ends_the_stream(tmp_path):
    for change in (lambda file: file.write(b"more"), lambda file: file.truncate(1)):
        source = tmp_path / "source"
        source.write_bytes(b"x" * 1_000_000)
        pieces = stream(NewCommit((), [Write("a", source)], "x", ADA), REF)
        while not next(pieces).startswith(b"M "):
            pass
        with source.open("r+b") as file:
            file.seek(0, 2)
            change(file)
        with pytest.raises(IntegrityError, match="changed while it was published"):
            list(pieces)


def test_a_stream_that_breaks_off_leaves_no_commit_behind(make_clone, opened, git, tmp_path):
    work = make_clone()
    commit = NewCommit((), [Write("a", b"x"), Write("b", tmp_path / "gone")], "x", ADA)
    with pytest.raises(FileNotFoundError):
        write_commit(opened(work), commit, REF)
    assert git(work, "for-each-ref", REF) == ""
    assert not list((work / ".git").glob("fast_import_crash*"))


def test_what_git_refuses_is_an_error_that_leaves_no_report_behind(make_clone, opened, git):
    work = make_clone()
    commit = NewCommit(("0" * 39 + "1",), [Write("a", b"x")], "x", ADA)
    with pytest.raises(GitError, match="could not write the commit"):
        write_commit(opened(work), commit, REF)
    assert not list((work / ".git").glob("fast_import_crash*"))
    assert git(work, "for-each-ref", REF) == ""

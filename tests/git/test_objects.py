from __future__ import annotations

import pytest

from peerplan_jupyter.errors import TooLargeError


def test_commits_trees_and_blobs_come_through_one_process(make_clone, opened, git):
    work = make_clone()
    with opened(work).objects() as objects:
        assert objects.commit("refs/heads/main") == git(work, "rev-parse", "main")
        assert objects.commit("refs/heads/none") is None
        assert objects.blob("main:README.md") == b"hello\n"
        assert objects.blob("main:none") is None
        assert objects.blob("main^{tree}") is None
        assert list(objects.tree("main^{tree}")) == ["README.md"]
        assert objects.tree("main:none") == {}
        assert b"".join(objects.stream("main:README.md")) == b"hello\n"


def test_the_message_of_a_commit_is_read(make_clone, opened):
    with opened(make_clone()).objects() as objects:
        assert objects.message("main") == "Begin\n"
        assert objects.message("none") is None
        with pytest.raises(TooLargeError):
            objects.message("main", limit=10)


def test_a_name_with_a_line_end_is_no_second_question(make_clone, opened):
    with opened(make_clone()).objects() as objects:
        assert objects.blob("main:README.md\nmain:README.md") is None
        assert objects.blob("main:README.md") == b"hello\n"


def test_more_is_asked_for_than_git_takes_before_its_answers_are_read(make_clone, opened):
    names = ["main:README.md", "none", "main^{tree}"] * 4_000
    with opened(make_clone()).objects() as objects:
        found = [one and one.kind for one in objects.many(names)]
        assert found == ["blob", None, "tree"] * 4_000
        assert list(objects.many([])) == []
        assert objects.blob("main:README.md") == b"hello\n"


def test_what_is_asked_for_ahead_comes_with_its_own_list_however_many_are_nested(
    make_clone, opened
):
    lists = [("one", ["main^{tree}"]), ("none", []), ("two", ["none", "main^{tree}"])]
    with opened(make_clone()).objects() as objects:
        trees = (((what, one and one.oid) for one in found) for what, found in objects.ahead(lists))
        again = (([*told], [oid for _, oid in told if oid]) for told in map(list, trees))
        more = ((told, [one.oid for one in found if one]) for told, found in objects.ahead(again))
        read = [(told, [one.oid for one in found if one]) for told, found in objects.ahead(more)]
        tree = objects.many(["main^{tree}"])
        oid = next(one.oid for one in [*tree] if one)
    assert read == [
        ([("one", oid)], [oid]), ([], []), ([("two", None), ("two", oid)], [oid]),
    ]  # fmt: skip


def test_who_reads_only_some_answers_can_close_the_reader(make_clone, opened):
    with opened(make_clone()).objects() as objects:
        answers = objects.many(["main:README.md"] * 100_000)
        assert next(answers) is not None


def test_an_object_above_the_limit_is_refused_and_the_next_one_read(make_clone, opened):
    with opened(make_clone()).objects() as objects:
        with pytest.raises(TooLargeError, match="6 bytes; at most 5"):
            objects.blob("main:README.md", limit=5)
        assert objects.blob("main:README.md", limit=6) == b"hello\n"


def test_file_names_with_spaces_and_other_scripts_are_found(make_clone, opened, git):
    work = make_clone()
    (work / "a b é.txt").write_text("x")
    git(work, "add", ".")
    git(work, "commit", "-qm", "Add")
    with opened(work).objects() as objects:
        assert "a b é.txt" in objects.tree("main^{tree}")
        assert objects.blob("main:a b é.txt") == b"x"


def test_a_repository_of_sha256_objects_is_read(tmp_path, git, opened):
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "new")
    (tmp_path / "new" / "f").write_text("x")
    git(tmp_path / "new", "add", ".")
    git(tmp_path / "new", "commit", "-qm", "Add")
    with opened(tmp_path / "new").objects() as objects:
        assert len(objects.tree("main^{tree}")["f"].oid) == 64


def test_a_damaged_object_is_missing_and_not_an_empty_file(make_clone, opened, git):
    work = make_clone()
    oid = git(work, "rev-parse", "main:README.md")
    path = work / ".git" / "objects" / oid[:2] / oid[2:]
    path.chmod(0o600)
    path.write_bytes(b"junk")
    with opened(work).objects() as objects:
        assert objects.blob("main:README.md") is None
        assert objects.commit("main") == git(work, "rev-parse", "main")

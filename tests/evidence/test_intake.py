from __future__ import annotations

import pytest

from peerplan_jupyter.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    TooLargeError,
    UnsafePathError,
)
from peerplan_jupyter.evidence.intake import take_bytes, take_file
from peerplan_jupyter.store.blobs import BlobStore


@pytest.fixture
def blobs(tmp_path):
    return BlobStore(tmp_path / "blobs")


def test_a_file_comes_in_with_its_facts(blobs, tmp_path):
    (tmp_path / "run.log").write_text("ok\n")
    taken = take_file(blobs, tmp_path / "run.log")
    assert taken.fields()["mediaType"] == "text/plain"
    assert blobs.read(taken.blob.hash) == b"ok\n"


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a/b", "nul", "a\0b", "x" * 200, "plan.json"]
)
def test_names_that_no_file_may_have_are_refused(blobs, name):
    with pytest.raises(UnsafePathError):
        take_bytes(blobs, b"x", name)


def test_folders_empty_files_links_and_missing_files_are_refused(blobs, tmp_path):
    (tmp_path / "empty.log").touch()
    (tmp_path / "real.log").write_text("x")
    (tmp_path / "link.log").symlink_to(tmp_path / "real.log")
    with pytest.raises(InvalidInputError, match="folder"):
        take_file(blobs, tmp_path, "x.log")
    with pytest.raises(InvalidInputError, match="empty"):
        take_file(blobs, tmp_path / "empty.log")
    with pytest.raises(UnsafePathError, match="link"):
        take_file(blobs, tmp_path / "link.log")
    with pytest.raises(NotFoundError):
        take_file(blobs, tmp_path / "none.log")


def test_a_link_on_the_way_does_not_lead_out_of_the_folder(blobs, tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "x.log").write_text("secret")
    (inside / "way").symlink_to(outside)
    with pytest.raises(ForbiddenError):
        take_file(blobs, inside / "way" / "x.log", within=inside)
    (inside / "x.log").write_text("open")
    from pathlib import Path

    assert take_file(blobs, Path("x.log"), within=inside).blob.size == 4


def test_too_much_is_refused_with_both_numbers(blobs):
    with pytest.raises(TooLargeError, match=r"30.*20"):
        take_bytes(blobs, b"x" * 30, "x.log", limit=20)

from __future__ import annotations

import pytest

from peerplan_jupyter.errors import IntegrityError
from peerplan_jupyter.git.fast_import import NewCommit, Write, blob_oid, stream
from peerplan_jupyter.git.repository import Signature

ADA = Signature("Ada", "ada@example.org")
REF = "refs/peerplan/tmp/x"


def test_the_id_of_a_file_follows_its_content(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"one")
    assert blob_oid(source) == blob_oid(source) == blob_oid(b"one")
    assert blob_oid(source, "sha256") == blob_oid(b"one", "sha256")
    source.write_bytes(b"three")
    assert blob_oid(source) == blob_oid(b"three")


def test_a_file_that_changes_while_it_is_sent_ends_the_stream(tmp_path):
    for change in (lambda file: file.write(b"more"), lambda file: file.truncate(1)):
        source = tmp_path / "source"
        source.write_bytes(b"x" * 1_000_000)
        pieces = stream(NewCommit((), [Write("a", source)], "x", ADA), REF)
        while not next(pieces).startswith(b"data "):
            pass
        with source.open("r+b") as file:
            file.seek(0, 2)
            change(file)
        with pytest.raises(IntegrityError, match="changed while it was published"):
            list(pieces)

from __future__ import annotations

import contextlib
import os
import random
import sqlite3

import pytest

from peerplan_jupyter.store.journal import Journal
from peerplan_jupyter.store.pages import rows
from peerplan_jupyter.store.salvage import readable_updates

SIZES = (1, 500, 4000, 4061, 4062, 9000, 70_000)
"""Bytes of updates: on one page, at the bound, and in chains of pages."""


@pytest.fixture
def broken(tmp_path):
    """A journal with updates of two plans, of all sizes, in its file alone."""
    made: dict[str, list[bytes]] = {"one": [], "two": []}
    with Journal(tmp_path / "journal.sqlite") as journal:
        for size in SIZES:
            for plan_id, kept in made.items():
                kept.append(os.urandom(size))
                journal.append(plan_id, kept[-1])
    return tmp_path / "journal.sqlite", made


def overwrite(path, page):
    with path.open("r+b") as file:
        file.seek(4096 * page)
        file.write(b"\xaa" * 4096)


def test_a_whole_file_tells_what_sqlite_tells(broken):
    path, made = broken
    assert readable_updates(path) == made


def test_what_has_not_come_from_the_wal_into_the_file_is_read_too(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as journal:
        blobs = [os.urandom(size) for size in SIZES]
        for blob in blobs:
            journal.append("one", blob)
        for name in ("journal.sqlite", "journal.sqlite-wal"):
            (tmp_path / f"copy-{name}").write_bytes((tmp_path / name).read_bytes())
    assert readable_updates(tmp_path / "copy-journal.sqlite") == {"one": blobs}


def test_without_the_first_page_and_its_schema_all_updates_are_read(broken):
    path, made = broken
    overwrite(path, 0)
    assert readable_updates(path) == made


def test_only_what_lies_on_a_broken_page_is_missing(broken):
    path, made = broken
    with contextlib.closing(sqlite3.connect(path)) as connection:
        asked = "SELECT rootpage FROM sqlite_schema WHERE name = 'updates'"
        (root,) = connection.execute(asked).fetchone()
    page = path.read_bytes().index(made["one"][1]) // 4096
    assert page != root - 1
    overwrite(path, root - 1)
    overwrite(path, page)
    found = readable_updates(path)
    assert made["one"][1] not in found["one"]
    assert set(made["one"][2:]) <= set(found["one"])


def test_a_file_of_another_page_size_is_read(tmp_path):
    path = tmp_path / "other.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA page_size = 1024")
        connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b, c)")
        connection.execute("INSERT INTO t VALUES (7, -2, ?)", ("ä" * 3000,))
    assert (7, (None, -2, "ä" * 3000)) in list(rows(path))


@pytest.mark.parametrize("seed", range(5))
def test_wrong_bytes_anywhere_give_fewer_rows_and_no_error(broken, seed):
    path, made = broken
    chance, data = random.Random(seed), bytearray(path.read_bytes())
    for _ in range(2000):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data[: chance.randrange(len(data))])
    found = [blob for blobs in readable_updates(path).values() for blob in blobs]
    assert not set(made["one"] + made["two"]) <= set(found)


def test_a_file_that_never_was_a_database_tells_nothing(tmp_path):
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"nonsense" * 1000)
    assert readable_updates(path) == {}

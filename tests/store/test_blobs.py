from __future__ import annotations

import contextlib
import hashlib
import os
import threading

import pytest

from peerplan_jupyter.errors import (
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    StorageError,
    TooLargeError,
    UnsafePathError,
)
from peerplan_jupyter.store import blobs
from peerplan_jupyter.store.blobs import BlobStore


def test_bytes_come_back_by_their_hash(tmp_path):
    store = BlobStore(tmp_path / "blobs")
    blob = store.put_bytes(b"hello")
    assert blob.hash == "sha256:" + hashlib.sha256(b"hello").hexdigest()
    assert blob.size == 5
    assert store.has(blob.hash)
    assert store.read(blob.hash) == b"hello"
    assert store.path(blob.hash).read_bytes() == b"hello"
    assert not list((tmp_path / "blobs" / "tmp").iterdir())


def test_a_file_is_kept_and_the_same_content_only_once(tmp_path):
    store = BlobStore(tmp_path / "blobs")
    source = tmp_path / "shot.png"
    source.write_bytes(os.urandom(3_000_000))
    first = store.put_file(source)
    before = store.path(first.hash).stat().st_ino
    assert store.put_file(source) == first
    assert store.path(first.hash).stat().st_ino == before
    assert first.size == 3_000_000


def test_what_proves_nothing_or_is_no_file_is_refused(tmp_path):
    store = BlobStore(tmp_path / "blobs")
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to(__file__)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInputError, match="is empty"):
        store.put_file(tmp_path / "empty")
    with pytest.raises(InvalidInputError, match="is a folder"):
        store.put_file(tmp_path)
    with pytest.raises(UnsafePathError, match="symbolic link"):
        store.put_file(tmp_path / "link")
    with pytest.raises(InvalidInputError, match="not an ordinary file"):
        store.put_file(tmp_path / "pipe")
    with pytest.raises(NotFoundError):
        store.put_file(tmp_path / "gone")
    with pytest.raises(InvalidInputError):
        store.put_bytes(b"")


def test_a_file_above_the_limit_is_refused_with_both_numbers(tmp_path):
    store = BlobStore(tmp_path / "blobs")
    source = tmp_path / "big"
    with source.open("wb") as file:
        file.truncate(25_000_001)
    with pytest.raises(TooLargeError, match=r"25,000,001 bytes.*25,000,000") as refused:
        store.put_file(source)
    assert refused.value.data == {"size": 25_000_001, "limit": 25_000_000}
    assert store.put_file(source, limit=25_000_001).size == 25_000_001


class Meddled:
    """A file that somebody changes once its first piece was read."""

    def __init__(self, file, change):
        self.fileno, self._read, self._change = file.fileno, file.read, change

    def read(self, size):
        piece = self._read(size)
        self._change()
        self._change = lambda: None
        return piece


def meddle(monkeypatch, change):
    opened = blobs._opened

    @contextlib.contextmanager
    def meddled(path):
        with opened(path) as file:
            yield Meddled(file, lambda: change(path))

    monkeypatch.setattr(blobs, "_opened", meddled)


CHANGED = (InvalidInputError, "log.txt changed while it was read")
CHANGES = {
    "grows": (lambda source: os.truncate(source, 3_000_001), *CHANGED),
    "shrinks": (lambda source: os.truncate(source, 2_500_000), *CHANGED),
    "is emptied": (lambda source: os.truncate(source, 0), *CHANGED),
    "is written over": (lambda source: source.write_bytes(b"y" * 3_000_000), *CHANGED),
    "is replaced": (lambda source: source.with_name("new").rename(source), *CHANGED),
    "is removed": (lambda source: source.unlink(), NotFoundError, "There is no file"),
    "outgrows the limit": (
        lambda source: os.truncate(source, 9_000_000),
        TooLargeError,
        r"log.txt has [\d,]+ bytes; an artifact may have 4,000,000",
    ),
}


@pytest.mark.parametrize(("change", "error", "words"), CHANGES.values(), ids=CHANGES)
def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path, monkeypatch, change, error, words
):
    store = BlobStore(tmp_path / "blobs")
    source = tmp_path / "log.txt"
    source.write_bytes(b"x" * 3_000_000)
    source.with_name("new").write_bytes(b"z" * 3_000_000)
    os.utime(source, (1, 1))
    meddle(monkeypatch, change)
    with pytest.raises(error, match=words):
        store.put_file(source, limit=4_000_000)
    assert [one for one in store.root.rglob("*") if one.is_file()] == []


def test_a_file_that_somebody_writes_all_the_time_is_refused(tmp_path):
    store = BlobStore(tmp_path / "blobs")
    source = tmp_path / "log.txt"
    source.write_bytes(b"x" * 8_000_000)
    stop, written = threading.Event(), threading.Event()

    def keep_writing():
        with source.open("r+b") as file:
            while not stop.is_set():
                file.seek(0)
                file.write(b"y")
                file.flush()
                written.set()

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        assert written.wait(30)
        with pytest.raises(InvalidInputError, match="changed while it was read"):
            all(store.put_file(source) for _ in range(100))
    finally:
        stop.set()
        writer.join()
    assert not list((tmp_path / "blobs" / "tmp").iterdir())


def test_damaged_bytes_are_never_returned(tmp_path):
    store = BlobStore(tmp_path)
    blob = store.put_bytes(b"hello")
    store.path(blob.hash).write_bytes(b"jello")
    with pytest.raises(IntegrityError, match="not 2cf24dba5fb0"):
        store.read(blob.hash)


def test_an_unknown_or_malformed_hash_is_said(tmp_path):
    store = BlobStore(tmp_path)
    assert not store.has("0" * 64)
    with pytest.raises(NotFoundError):
        store.path("0" * 64)
    with pytest.raises(InvalidInputError):
        store.has("../../etc/passwd")


def test_many_writers_of_the_same_content_do_not_disturb_each_other(tmp_path):
    store = BlobStore(tmp_path)
    contents = [bytes([number]) * 100_000 for number in range(5)] * 8
    threads = [threading.Thread(target=store.put_bytes, args=(data,)) for data in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for data in contents[:5]:
        assert store.read(hashlib.sha256(data).hexdigest()) == data


def test_a_store_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "blobs").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="cannot be kept"):
        BlobStore(tmp_path / "blobs").put_bytes(b"x")

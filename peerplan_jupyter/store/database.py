"""Opening the journal's SQLite file: made, checked, and moved aside when it is broken."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import filelock

from ..errors import StorageError
from ..plan.ids import new_id

SCHEMA_VERSION = 1
APPLICATION_ID = 0x50504A4C
BUSY_SECONDS = 30.0
CHECKED_SIZE = 32_000_000
"""Bytes; a larger file is read through at a start only after it was found damaged in use."""

_schema = """
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE updates (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, plan_id TEXT NOT NULL, data BLOB NOT NULL,
  origin TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX updates_by_plan ON updates (plan_id, seq);
CREATE TABLE feed (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, plan_id TEXT NOT NULL, key TEXT NOT NULL,
  kind TEXT NOT NULL, item TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (plan_id, key));
CREATE INDEX feed_by_plan ON feed (plan_id, seq);
CREATE TABLE bindings (plan_id TEXT PRIMARY KEY, workdir TEXT NOT NULL, remote TEXT,
  folder TEXT NOT NULL, "commit" TEXT NOT NULL, version BLOB NOT NULL, at INTEGER) WITHOUT ROWID;
CREATE TABLE outbox (plan_id TEXT PRIMARY KEY, reason TEXT NOT NULL, error TEXT NOT NULL,
  attempts INTEGER NOT NULL, queued INTEGER NOT NULL, tried INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE seen (plan_id TEXT NOT NULL, reader TEXT NOT NULL, item TEXT NOT NULL,
  PRIMARY KEY (plan_id, reader, item)) WITHOUT ROWID;
"""
_broken = ("malformed", "not a database", "corrupt", "unsupported file format")


def open_database(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """A connection to the journal at `path`, made if it is not there, and the path that a broken
    file was moved to. Several processes may call it at once.

    Raises `StorageError` for a file that cannot be read or written, that another program or a
    newer peerplan made.
    """
    with storage(path), _alone(path):
        try:
            return _connect(path), None
        except sqlite3.DatabaseError as error:
            if not _is_broken(error):
                raise
        aside = _move_aside(path)
        return _connect(path), aside


@contextlib.contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say about the journal into `StorageError`. Damage is noted
    beside it, so that who opens it next looks at all of it.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if _is_broken(error):
            with contextlib.suppress(OSError):
                _damage(path).touch()
        words, hint = _explained(str(error), path)
        raise StorageError(f"The journal {path} {words} ({error}).", hint=hint) from None


def _explained(error: str, path: Path) -> tuple[str, str]:
    text = error.lower()
    if "full" in text or "no space" in text:
        return "cannot grow, the disk is full", "Make room on the disk, then try again."
    if any(word in text for word in ("readonly", "read-only", "unable to open", "ermission")):
        return "cannot be written", f"Make {path.parent} writable, or set PEERPLAN_HOME."
    if any(word in text for word in _broken):
        return "is damaged", "Restart peerplan: it moves the file aside and begins a new one."
    if "locked" in text or "busy" in text:
        return "is held by another process", "Wait a moment, or end the process that holds it."
    return "cannot be used", "Check the disk, or set PEERPLAN_HOME to another folder."


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        new = _is_new(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if new:
            _make(connection)
        else:
            _check_pages(connection, path)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_new(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is empty. `StorageError` when it is not ours to write."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if version == 0 and application == 0 and tables == 0:
        return True
    if application != APPLICATION_ID:
        raise StorageError(
            f"{path} is a database of another program.", hint="Set PEERPLAN_HOME elsewhere."
        )
    if version > SCHEMA_VERSION:
        raise StorageError(
            f"The journal {path} has the form {version}; this peerplan reads {SCHEMA_VERSION}.",
            hint="Upgrade peerplan-jupyter.",
        )
    return False


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    doubted = _damage(path).exists()
    if not doubted and path.stat().st_size > CHECKED_SIZE:
        return
    check = "integrity_check" if doubted else "quick_check"
    (found,) = connection.execute(f"PRAGMA {check}(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(f"malformed: {found}")
    _damage(path).unlink(missing_ok=True)


def _make(connection: sqlite3.Connection) -> None:
    connection.executescript(
        f"BEGIN IMMEDIATE;{_schema}INSERT INTO facts VALUES ('epoch', '{new_id()}');"  # noqa: S608
        f"PRAGMA application_id = {APPLICATION_ID};PRAGMA user_version = {SCHEMA_VERSION};COMMIT;"
    )


def _is_broken(error: Exception) -> bool:
    told = isinstance(error, sqlite3.DatabaseError)
    return told and any(word in str(error) for word in _broken)


def rebuild_marker(path: Path) -> Path:
    """The file that is there from when a broken journal is moved aside until its plans are read
    back; in it are the ids of those that are still due, or nothing where all are.
    """
    return path.with_name(f"{path.stem}.rebuild")


def _damage(path: Path) -> Path:
    return path.with_name(f"{path.stem}.damaged")


def _move_aside(path: Path) -> Path:
    rebuild_marker(path).write_text("")
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    aside = path.with_name(f"{path.stem}.corrupt-{stamp}-{new_id()[-6:].lower()}")
    path.replace(aside)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
    _damage(path).unlink(missing_ok=True)
    return aside


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    # Switching a new file to WAL ignores the busy timeout, so openers wait for each other here.
    with filelock.FileLock(path.with_name(path.name + ".lock"), timeout=BUSY_SECONDS):
        yield

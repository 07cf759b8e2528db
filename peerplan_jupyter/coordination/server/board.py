"""The board: what a team server was told, until it is forgotten."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import NotFoundError, StorageError
from .reports import CostReport, Kind, Report, RunReport

MAX_RUNS = 5_000
"""The runs that were not heard of for longest are forgotten above it."""
VERSION = 1
_schema = f"""
CREATE TABLE IF NOT EXISTS runs (
  project TEXT NOT NULL, who TEXT NOT NULL, task TEXT NOT NULL, tag TEXT NOT NULL,
  machine TEXT NOT NULL, name TEXT NOT NULL, report TEXT NOT NULL, ended INTEGER NOT NULL,
  seen REAL NOT NULL, PRIMARY KEY (project, who, task, tag, machine)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_by_seen ON runs (seen);
PRAGMA user_version = {VERSION};
"""
_same = "project = ? AND who = ? AND task = ? AND tag = ? AND machine = ?"


@dataclass(frozen=True)
class Reporter:
    """Who reports, as the server knows them: an account and its name, or neither."""

    account: str = ""
    name: str = ""


@dataclass(frozen=True)
class Entry:
    """A run as it was last reported."""

    reporter: Reporter
    report: RunReport
    ended: bool
    seen: float
    """Unix seconds by the server's clock; no other clock plays a part."""


class Board:
    """The reports of a server in a file of SQLite, which several servers of a user may share. Any
    thread may use it.

    What was not heard of for `keep_days` is forgotten. A file that is no database of ours is put
    aside: git has what matters.
    """

    def __init__(
        self, path: Path, keep_days: float = 30.0, clock: Callable[[], float] = time.time
    ) -> None:
        self.keep_days = keep_days
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None

    def take(self, reporter: Reporter, kind: Kind, report: Report) -> None:
        """Note a report. `NotFoundError` for the cost of a run that was never reported,
        `StorageError` when it cannot be kept.
        """
        with self._writing() as database:
            if isinstance(report, CostReport):
                self._cost(database, reporter, report)
            else:
                self._run(database, reporter, report, ended=kind is Kind.STOP)
            self._forget(database)

    def entries(self) -> list[Entry]:
        """All runs, those heard of last first."""
        since = self._clock() - self.keep_days * 86_400
        query = "SELECT who, name, report, ended, seen FROM runs WHERE seen >= ? ORDER BY seen DESC"
        with self._writing() as database:
            rows = database.execute(query, (since,)).fetchall()
        return [
            Entry(Reporter(who, name), RunReport.model_validate_json(text), bool(ended), seen)
            for who, name, text, ended, seen in rows
        ]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    def _run(
        self, database: sqlite3.Connection, reporter: Reporter, report: RunReport, *, ended: bool
    ) -> None:
        key = _key(reporter, report)
        kept = report.model_dump_json(exclude_none=True)
        database.execute(
            "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*key, reporter.name, kept, ended, self._clock()),
        )

    def _cost(self, database: sqlite3.Connection, reporter: Reporter, report: CostReport) -> None:
        key = _key(reporter, report)
        row = database.execute(f"SELECT report FROM runs WHERE {_same}", key).fetchone()  # noqa: S608
        if row is None:
            raise NotFoundError(
                f"No run of {report.task} was reported by you.", hint="Report its start first."
            )
        run = RunReport.model_validate_json(row[0]).model_copy(update={"cost": report.cost})
        text = run.model_dump_json(exclude_none=True)
        database.execute(f"UPDATE runs SET report = ? WHERE {_same}", (text, *key))  # noqa: S608

    def _forget(self, database: sqlite3.Connection) -> None:
        since = self._clock() - self.keep_days * 86_400
        database.execute("DELETE FROM runs WHERE seen < ?", (since,))
        (count,) = database.execute("SELECT count(*) FROM runs").fetchone()
        if count > MAX_RUNS:
            kept = "SELECT seen FROM runs ORDER BY seen DESC LIMIT 1 OFFSET ?"
            database.execute(f"DELETE FROM runs WHERE seen <= ({kept})", (MAX_RUNS,))  # noqa: S608

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._database is None:
                    self._database = self._opened()
                with self._database:
                    yield self._database
            except sqlite3.Error as error:
                raise StorageError(
                    f"{self._path} cannot be used: {error}.",
                    hint="Check the rights on its folder and the room on its disk.",
                ) from None

    def _opened(self) -> sqlite3.Connection:
        try:
            return _open(self._path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self._path.replace(self._path.with_name(f"{self._path.name}.unreadable"))
        return _open(self._path)


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=5, check_same_thread=False)
    try:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version not in {0, VERSION}:
            raise sqlite3.DatabaseError(f"it is of version {version}")
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(_schema)
    except sqlite3.Error:
        database.close()
        raise
    return database


def _key(reporter: Reporter, report: Report) -> tuple[str, str, str, str, str]:
    task = report.task.upper()
    return report.project.key, reporter.account, task, report.tag, report.machine

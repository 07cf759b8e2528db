"""The journal: every change a peer acknowledged, on this machine's disk before it said so."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from ..errors import StorageError
from .bindings import Binding, Bindings
from .database import open_database, storage
from .feed import FeedEntry, FeedRow, read_feed, write_feed
from .outbox import Outbox
from .repositories import Repositories
from .seen import Seen
from .unread import Standing, Unread


class Journal:
    """The journal's file, opened. Any number of processes may have it open at once; one object
    belongs to one thread at a time.

    A method that writes has written durably when it returns (SQLite WAL, `synchronous=FULL`), or
    raises `StorageError` and has written nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection, self.recovered = open_database(path)
        with storage(path):
            self._inode = path.stat().st_ino
            self.epoch: str = self._one("SELECT value FROM facts WHERE key = 'epoch'")
        self.outbox = Outbox(self)
        self.repositories = Repositories(path)
        self._bindings = Bindings(self)
        self._seen = Seen(self)
        self._unread = Unread(self)

    recovered: Path | None
    """Where a broken file was moved to when this object found it; the journal began anew."""

    def append(
        self, plan_id: str, update: bytes, feed: Sequence[FeedEntry] = (), origin: str = ""
    ) -> int:
        """Keep one update and its feed entries, all or nothing; returns the update's number.

        A feed entry whose key the plan has already is left out.
        """
        with self.transaction() as connection:
            seq = connection.execute(
                "INSERT INTO updates (plan_id, data, origin, at) VALUES (?, ?, ?, ?)",
                (plan_id, update, origin, int(time.time())),
            ).lastrowid
            write_feed(connection, plan_id, feed)
        assert seq is not None  # noqa: S101
        return seq

    def updates(self, plan_id: str, after: int = 0) -> list[tuple[int, bytes]]:
        """The plan's updates with a number above `after`, in order."""
        return self.rows(
            "SELECT seq, data FROM updates WHERE plan_id = ? AND seq > ? ORDER BY seq",
            (plan_id, after),
        )

    def changed_since(self, seq: int) -> dict[str, int]:
        """The plans with updates above `seq`, whoever wrote them, each with its last number."""
        sql = "SELECT plan_id, max(seq) FROM updates NOT INDEXED WHERE seq > ? GROUP BY 1"
        return dict(self.rows(sql, (seq,)))

    def last_seq(self) -> int:
        """The number of the last update that was written, even if it has been forgotten."""
        return int(self._one("SELECT seq FROM sqlite_sequence WHERE name = 'updates'") or 0)

    def foreign_writes(self) -> int:
        """A number that changes when another connection has written anything; the cheapest poll
        (`PRAGMA data_version`).
        """
        return int(self._one("PRAGMA data_version"))

    def compact(self, plan_id: str, update: bytes, upto: int) -> None:
        """Replace the plan's updates up to number `upto` by one that contains them all.

        Updates that others append meanwhile stay. When another process has compacted these rows
        already, nothing happens.
        """
        with self.transaction() as connection:
            (last, count) = connection.execute(
                "SELECT max(seq), count(*) FROM updates WHERE plan_id = ? AND seq <= ?",
                (plan_id, upto),
            ).fetchone()
            if count < 2:
                return
            connection.execute("DELETE FROM updates WHERE plan_id = ? AND seq < ?", (plan_id, last))
            connection.execute("UPDATE updates SET data = ? WHERE seq = ?", (update, last))

    def plans(self) -> list[str]:
        """The ids of the plans that have updates here."""
        return [plan_id for (plan_id,) in self.rows("SELECT DISTINCT plan_id FROM updates")]

    def forget(self, plan_id: str) -> None:
        """Remove everything about a plan from this machine's journal."""
        with self.transaction() as connection:
            for table in ("updates", "feed", "bindings", "outbox", "seen"):
                connection.execute(f"DELETE FROM {table} WHERE plan_id = ?", (plan_id,))  # noqa: S608
        with storage(self.path):
            self.repositories.forget(plan_id)
        self._unread.forget(plan_id)

    def bind(self, plan_id: str, binding: Binding) -> None:
        """Say where a plan is published from on this machine."""
        self._bindings.put(plan_id, binding)

    def binding(self, plan_id: str) -> Binding | None:
        """Where a plan is published from, if that was said."""
        return self._bindings.get(plan_id)

    def feed_after(self, plan_id: str | None, cursor: int, limit: int = 500) -> list[FeedRow]:
        """The feed above `cursor`, of one plan or of all, at most `limit` rows.

        A cursor belongs to this file: it means nothing under another `epoch`.
        """
        with storage(self.path):
            return read_feed(self._connection, plan_id, cursor, limit)

    def mark_seen(self, plan_id: str, reader: str, items: Sequence[str]) -> None:
        """Record what a reader has read."""
        self._seen.mark(plan_id, reader, items)

    def seen_items(self, plan_id: str, reader: str) -> set[str]:
        """What a reader has read of a plan."""
        return self._seen.items(plan_id, reader)

    def standing(self, plan_id: str, reader: str) -> Standing:
        """How much of a plan's feed a reader has not read, and when something was told last."""
        return self._unread.standing(plan_id, reader)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is written inside, or nothing; durable at the end."""
        self._check_place()
        with storage(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """What a query finds."""
        with storage(self.path):
            return self._connection.execute(sql, values).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _one(self, sql: str) -> Any:
        found = self._connection.execute(sql).fetchone()
        return found[0] if found else None

    def _check_place(self) -> None:
        """A file that was moved or deleted still takes writes, which nobody would ever find."""
        try:
            inode = os.stat(self.path).st_ino  # noqa: PTH116 (every write pays for this)
        except OSError:
            inode = -1
        if inode != self._inode:
            raise StorageError(
                f"The journal {self.path} was moved or removed while it was in use.",
                hint="Restart this process.",
            )

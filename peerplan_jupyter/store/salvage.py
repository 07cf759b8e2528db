"""What can still be read of a journal that was found broken."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

MOST = 1_000_000
"""Rows that are asked for one by one."""


def readable_updates(path: Path) -> dict[str, list[bytes]]:
    """By plan, those updates in the file at `path` that SQLite can still reach, in order.

    Rows whose pages are broken are passed over, so that updates may be missing between others;
    bytes may be wrong too, which Loro's checksums tell. Nothing where no table is to be found.
    Raises nothing.
    """
    found: dict[str, list[bytes]] = {}
    with contextlib.suppress(sqlite3.Error, OSError):
        # Only who may write reads what lies in the WAL beside a file.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
        try:
            for plan_id, data in _rows(connection):
                if isinstance(plan_id, str) and isinstance(data, bytes):
                    found.setdefault(plan_id, []).append(data)
        finally:
            connection.close()
    return found


def _rows(connection: sqlite3.Connection) -> Iterator[tuple[object, object]]:
    """All rows in one go up to the first that cannot be read, then one at a time."""
    last = 0
    try:
        for seq, *row in connection.execute("SELECT seq, plan_id, data FROM updates ORDER BY seq"):
            last = seq
            yield row[0], row[1]
    except sqlite3.DatabaseError:
        yield from _one_by_one(connection, last + 1)


def _one_by_one(connection: sqlite3.Connection, first: int) -> Iterator[tuple[object, object]]:
    for seq in range(first, min(_last(connection), first + MOST) + 1):
        with contextlib.suppress(sqlite3.DatabaseError):
            asked = "SELECT plan_id, data FROM updates WHERE seq = ?"
            yield from connection.execute(asked, (seq,)).fetchall()


def _last(connection: sqlite3.Connection) -> int:
    for asked in (
        "SELECT seq FROM sqlite_sequence WHERE name = 'updates'",
        "SELECT seq FROM updates ORDER BY seq DESC LIMIT 1",
    ):
        with contextlib.suppress(sqlite3.DatabaseError, TypeError):
            return int(connection.execute(asked).fetchone()[0])
    return 0

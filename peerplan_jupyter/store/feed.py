"""The feed: what happened in plans, in the order in which this machine learned it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple


class FeedEntry(NamedTuple):
    """Something to tell. `key` is unique in its plan: telling it twice tells it once."""

    key: str
    kind: str
    item: dict[str, Any]
    at: int


class FeedRow(NamedTuple):
    """Something told; `seq` is the cursor after it."""

    seq: int
    plan_id: str
    key: str
    kind: str
    item: dict[str, Any]
    at: int


def write_feed(connection: sqlite3.Connection, plan_id: str, entries: Sequence[FeedEntry]) -> None:
    """Add entries inside the caller's transaction."""
    connection.executemany(
        "INSERT OR IGNORE INTO feed (plan_id, key, kind, item, at) VALUES (?, ?, ?, ?, ?)",
        [
            (plan_id, key, kind, json.dumps(item, ensure_ascii=False), at)
            for key, kind, item, at in entries
        ],
    )


def read_feed(
    connection: sqlite3.Connection, plan_id: str | None, cursor: int, limit: int
) -> list[FeedRow]:
    """The rows above `cursor`, of one plan or of all."""
    where = "seq > ? AND plan_id = ?" if plan_id else "seq > ?"
    rows = connection.execute(
        f"SELECT seq, plan_id, key, kind, item, at FROM feed WHERE {where} ORDER BY seq LIMIT ?",  # noqa: S608
        (cursor, plan_id, limit) if plan_id else (cursor, limit),
    )
    return [
        FeedRow(seq, plan, key, kind, json.loads(item), at)
        for seq, plan, key, kind, item, at in rows
    ]

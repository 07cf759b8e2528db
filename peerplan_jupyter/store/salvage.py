"""What can still be read of a journal that was found broken."""

from __future__ import annotations

from pathlib import Path

from .pages import Row, rows


def readable_updates(path: Path) -> dict[str, list[bytes]]:
    """By plan, the updates on those pages of the file at `path` and of its WAL that are whole, in
    the order in which they were written.

    Updates may be missing between others, and bytes may be wrong, which Loro's checksums tell.
    Raises `OSError`.
    """
    found: dict[str, dict[tuple[int, bytes], None]] = {}
    for row in rows(path):
        if _is_update(row):
            _, plan_id, data, *_ = row.values
            found.setdefault(plan_id, {})[row.number, data] = None
    return {plan_id: [data for _, data in sorted(kept)] for plan_id, kept in found.items()}


def _is_update(row: Row) -> bool:
    """Whether it has the form of the table `updates`."""
    kinds = tuple(type(value) for value in row.values)
    return kinds == (type(None), str, bytes, str, int)

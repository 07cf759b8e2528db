"""Rows read out of the pages of an SQLite file one by one, where SQLite gives up.

A row of a table lies whole on a leaf page, but for what is long, which goes on in a chain of other
pages (https://www.sqlite.org/fileformat2.html). So what is broken elsewhere, the first page with
the schema too, takes nothing away from a leaf that is whole.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

PAGE = 4096
"""Bytes of a page where neither file says another size; SQLite's own default."""
_LEAF = 0x0D
_MAGIC = b"SQLite format 3\0"
_WAL_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_WAL_HEADER, _FRAME_HEADER = 32, 24
_LONGEST_HEADER = 2000
"""Bytes that say what the values of a row are; more than the rows of a journal have by far."""
_INTEGERS = {0: None, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 8: 0, 9: 0}
"""How many bytes a value of each type has, None for NULL. 7 is a real, which takes 8."""


class Row(NamedTuple):
    """A row of whichever table; the column that is its number is None among the values."""

    number: int
    values: tuple[Any, ...]


class _UnreadableError(Exception):
    """The bytes are no row."""


class _Files(NamedTuple):
    """The pages of a database by number from 1, as they are in its file and as its WAL has them."""

    stored: dict[int, bytes]
    logged: list[tuple[int, bytes]]


def rows(path: Path) -> Iterator[Row]:
    """All rows on whole leaf pages of the file at `path` and of the WAL beside it.

    In no order, some several times, and older ones too that were overwritten or deleted since.
    What comes may be wrong in any byte: nothing here checks it. Raises `OSError`.
    """
    files = _read(path)
    newest = files.stored | dict(files.logged)
    for number, page in (*files.stored.items(), *files.logged):
        # Where a long row goes on may have been written anew since, in the WAL alone.
        for pages in (newest, files.stored) if files.logged else (newest,):
            yield from _on_page(page, 100 if number == 1 else 0, pages)


def _read(path: Path) -> _Files:
    data, log = path.read_bytes(), b""
    with contextlib.suppress(FileNotFoundError):
        log = path.with_name(f"{path.name}-wal").read_bytes()
    size = PAGE
    if log[:4] in _WAL_MAGIC:
        size = _page_size(int.from_bytes(log[8:12]))
    elif data.startswith(_MAGIC):
        size = _page_size(int.from_bytes(data[16:18]))
    stored = {at // size + 1: data[at : at + size] for at in range(0, len(data), size)}
    step = _FRAME_HEADER + size
    frames = (log[at : at + step] for at in range(_WAL_HEADER, len(log), step))
    logged = [(int.from_bytes(one[:4]), one[_FRAME_HEADER:]) for one in frames]
    return _Files(stored, logged)


def _page_size(said: int) -> int:
    size = 65536 if said == 1 else said
    return size if 512 <= size <= 65536 and size & (size - 1) == 0 else PAGE


def _on_page(page: bytes, at: int, pages: dict[int, bytes]) -> Iterator[Row]:
    if len(page) < at + 8 or page[at] != _LEAF:
        return
    count = int.from_bytes(page[at + 3 : at + 5])
    pointers = page[at + 8 : at + 8 + 2 * count]
    for place in range(0, len(pointers) - 1, 2):
        with contextlib.suppress(_UnreadableError):
            yield _row(page, int.from_bytes(pointers[place : place + 2]), pages)


def _row(page: bytes, at: int, pages: dict[int, bytes]) -> Row:
    length, at = _varint(page, at)
    number, at = _varint(page, at)
    if length > len(page) * len(pages):
        raise _UnreadableError
    here = _kept_here(length, len(page))
    record = page[at : at + here]
    if here < length:
        following = int.from_bytes(page[at + here : at + here + 4])
        record += _chain(following, length - here, pages)
    if len(record) != length:
        raise _UnreadableError
    return Row(number, tuple(_values(record)))


def _kept_here(length: int, size: int) -> int:
    """How many bytes of a row stay on its leaf."""
    most, least = size - 35, (size - 12) * 32 // 255 - 23
    if length <= most:
        return length
    kept = least + (length - least) % (size - 4)
    return kept if kept <= most else least


def _chain(number: int, length: int, pages: dict[int, bytes]) -> bytes:
    found: list[bytes] = []
    seen: set[int] = set()
    while length > 0:
        page = pages.get(number, b"")
        if len(page) <= 4 or number in seen:
            raise _UnreadableError
        seen.add(number)
        found.append(page[4 : 4 + length])
        length -= len(page) - 4
        number = int.from_bytes(page[:4])
    return b"".join(found)


def _values(record: bytes) -> Iterator[Any]:
    end, at = _varint(record, 0)
    if end > min(len(record), _LONGEST_HEADER):
        raise _UnreadableError
    body = end
    while at < end:
        kind, at = _varint(record, at)
        size = _INTEGERS.get(kind) if kind < 12 else (kind - 12) // 2
        data = record[body : body + (8 if kind == 7 else size or 0)]
        body += len(data)
        yield _value(kind, data)


def _value(kind: int, data: bytes) -> Any:
    if kind >= 12:
        return data.decode("utf-8", "replace") if kind % 2 else data
    if kind in (8, 9):
        return kind - 8
    return int.from_bytes(data, signed=True) if data and kind != 7 else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(data[at : at + 9]):
        if place == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    raise _UnreadableError

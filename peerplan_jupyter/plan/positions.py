"""Where many cursors are at once, also those whose characters are gone."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import loro

from ..errors import DocumentError
from .guard import guarded

FEW = 16
"""Cursors that are asked for one by one: their order is not worth finding out."""
_APART = 1000
"""Characters between two cursors beyond which their order is not looked for."""
_CONTENT = loro.ContainerID.Root("content", loro.ContainerType.Text())
_base64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


class Position(NamedTuple):
    """Where a cursor is, and whether the character that it was set on is gone."""

    at: int
    gone: bool


class _Asked(NamedTuple):
    """A cursor with the number of its character among those that its peer wrote."""

    counter: int
    encoded: str
    cursor: loro.Cursor


Positions = dict[str, Position]


def positions(doc: loro.LoroDoc, encoded: Iterable[str]) -> Positions:
    """Where these cursors of the content are; those that cannot be read are left out.

    For a character that is gone Loro goes through its history, which takes milliseconds. What was
    written in one go stays in its order, though: between two characters that are now in one place
    all are gone, and are there too. So Loro is asked for few of them.
    """
    found: Positions = {}
    by_peer: dict[int, list[_Asked]] = {}
    for one in dict.fromkeys(encoded):
        cursor = _decoded(one)
        if cursor is None:
            continue
        if cursor.id is None:
            _ask(doc, _Asked(0, one, cursor), found)
        else:
            by_peer.setdefault(cursor.id.peer, []).append(_Asked(cursor.id.counter, one, cursor))
    for peer, asked in by_peer.items():
        for run in _in_order(doc, peer, sorted(asked, key=lambda one: one.counter)):
            _fill(doc, run, found)
    return found


def _decoded(encoded: str) -> loro.Cursor | None:
    if not _base64.fullmatch(encoded):
        return None
    try:
        with guarded("Reading a cursor"):
            cursor = loro.Cursor.decode(base64.b64decode(encoded))
            return cursor if cursor.container == _CONTENT else None
    except DocumentError:
        return None


def _ask(doc: loro.LoroDoc, one: _Asked, found: Positions) -> Position | None:
    if one.encoded not in found:
        try:
            with guarded("Reading a cursor"):
                told = doc.get_cursor_pos(one.cursor)
        except DocumentError:
            return None
        found[one.encoded] = Position(int(told.current.pos), told.update is not None)
    return found[one.encoded]


def _fill(doc: loro.LoroDoc, run: Sequence[_Asked], found: Positions) -> None:
    """Place all of a run, whose characters stand in this order or stood so."""
    first, last = _ask(doc, run[0], found), _ask(doc, run[-1], found)
    if len(run) <= 2:
        return
    if first is not None and last is not None and first.at == last.at:
        for one in run[1:-1]:
            if one.counter < run[-1].counter:
                found[one.encoded] = Position(first.at, gone=True)
            else:
                _ask(doc, one, found)
        return
    middle = len(run) // 2
    _fill(doc, run[: middle + 1], found)
    _fill(doc, run[middle:], found)


def _in_order(doc: loro.LoroDoc, peer: int, asked: list[_Asked]) -> Iterator[Sequence[_Asked]]:
    """The cursors in runs, each of characters that were written in one go."""
    begins = _beginnings(doc, peer, asked) if len(asked) > FEW else {one.counter for one in asked}
    start = 0
    for number, (before, one) in enumerate(pairwise(asked), 1):
        apart = one.counter - before.counter > _APART
        if apart or any(at in begins for at in range(before.counter + 1, one.counter + 1)):
            yield asked[start:number]
            start = number
    yield asked[start:]


def _beginnings(doc: loro.LoroDoc, peer: int, asked: Sequence[_Asked]) -> set[int]:
    """Where something else begins than one text, in what a peer wrote around the cursors."""
    found: set[int] = set()
    for first, last in _spans(asked):
        span = loro.IdSpan(peer, loro.CounterSpan(first, last + 1))
        try:
            with guarded("Reading the history"):
                changes = json.loads(doc.export_json_in_id_span(span))
        except DocumentError:
            return {one.counter for one in asked}
        for change in changes:
            found.update(operation["counter"] for operation in change["ops"])
    return found


def _spans(asked: Sequence[_Asked]) -> Iterator[tuple[int, int]]:
    first = asked[0].counter
    for before, one in pairwise(asked):
        if one.counter - before.counter > _APART:
            yield first, before.counter
            first = one.counter
    yield first, asked[-1].counter

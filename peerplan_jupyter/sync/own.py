"""What one person wrote in a document, for peers who take from them nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import loro

from ..plan.document import PlanDocument
from ..plan.guard import guarded, no_version
from .gate import Before

_Spans: TypeAlias = dict[int, tuple[int, int]]
"""Of each Loro peer, the first operation and the one after the last."""


class OwnWriting:
    """The changes under a person's name. A Loro peer writes for one process of one person, so its
    changes are theirs if theirs is the only name in them.
    """

    def __init__(self, who: str) -> None:
        self._who = who
        self._known: dict[int, tuple[int, frozenset[str]]] = {}
        """By Loro peer, up to which operation it was looked through, and the names found."""

    def since(self, document: PlanDocument, version: bytes) -> bytes:
        """What a peer of that version lacks of it, in updates mode; `b""` when nothing.

        It may depend on changes of others, which are left out. An empty version means everything;
        `DocumentError` for bytes that are not a version.
        """
        with guarded("Exporting one's own changes"):
            spans = self._spans(document, _read(version))
            return _exported(document.doc, spans) if spans else b""

    def parts_since(self, document: PlanDocument, version: bytes) -> list[bytes]:
        """As `since`, in the order in which it was written, parted before each change that goes on
        from others that a peer of that version lacks: two who answered each other can so be heard
        in turns.
        """
        with guarded("Exporting one's own changes"):
            seen = _read(version)
            spans = self._spans(document, seen)
            parts = _parted(document.doc, spans, seen) if spans else []
            return [_exported(document.doc, part) for part in parts]

    def _spans(self, document: PlanDocument, seen: loro.VersionVector) -> _Spans:
        document.doc.commit()
        after = seen.to_spans().inner()
        now = document.doc.oplog_vv.to_spans().inner()
        return {
            peer: (start, end)
            for peer, (_, end) in now.items()
            if (start := after.get(peer, (0, 0))[1]) < end and self._is_own(document, peer, end)
        }

    def _is_own(self, document: PlanDocument, peer: int, end: int) -> bool:
        upto, names = self._known.get(peer, (0, frozenset()))
        if upto < end:
            names |= Before(document.doc).writers(peer, end) - {""}
            self._known[peer] = end, names
        return names == {self._who}


def _read(version: bytes) -> loro.VersionVector:
    return loro.VersionVector.decode(version) if version else no_version()


def _parted(doc: loro.LoroDoc, spans: _Spans, seen: loro.VersionVector) -> list[_Spans]:
    have, now = no_version(), doc.oplog_vv
    have.merge(seen)
    for peer, (_, end) in spans.items():
        have.set_end(loro.ID(peer, end))
    if have.includes_vv(now):
        return [spans]
    have = no_version()
    have.merge(seen)
    parts: list[_Spans] = []
    for change in sorted(_changes(doc, spans), key=lambda one: (one.lamport, one.id.peer)):
        peer, end = change.id.peer, change.id.counter + change.len
        before = doc.frontiers_to_vv(change.deps)
        if not parts or (before is not None and not have.includes_vv(before)):
            parts.append({})
        start = parts[-1].get(peer, (max(change.id.counter, spans[peer][0]), 0))[0]
        parts[-1][peer] = start, end
        have.set_end(loro.ID(peer, end))
        if before is not None:
            have.merge(before)
    return parts


def _changes(doc: loro.LoroDoc, spans: _Spans) -> Iterator[loro.ChangeMeta]:
    for peer, (start, end) in spans.items():
        at = start
        while at < end and (change := doc.get_change(loro.ID(peer, at))) is not None:
            yield change
            at = change.id.counter + change.len


def _exported(doc: loro.LoroDoc, spans: _Spans) -> bytes:
    wanted = [
        loro.IdSpan(peer, loro.CounterSpan(start, end)) for peer, (start, end) in spans.items()
    ]
    return bytes(doc.export(loro.ExportMode.UpdatesInRange(wanted)))

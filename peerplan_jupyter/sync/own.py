"""What one person wrote in a document, for peers who take from them nothing else."""

from __future__ import annotations

import loro

from ..plan.document import PlanDocument
from ..plan.guard import guarded, no_version
from .gate import Before


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
            document.doc.commit()
            seen = loro.VersionVector.decode(version) if version else no_version()
            after = seen.to_spans().inner()
            now = document.doc.oplog_vv.to_spans().inner()
            spans = [
                loro.IdSpan(peer, loro.CounterSpan(start, end))
                for peer, (_, end) in now.items()
                if (start := after.get(peer, (0, 0))[1]) < end and self._is_own(document, peer, end)
            ]
            return (
                bytes(document.doc.export(loro.ExportMode.UpdatesInRange(spans))) if spans else b""
            )

    def _is_own(self, document: PlanDocument, peer: int, end: int) -> bool:
        upto, names = self._known.get(peer, (0, frozenset()))
        if upto < end:
            names |= Before(document.doc).writers(peer, end) - {""}
            self._known[peer] = end, names
        return names == {self._who}

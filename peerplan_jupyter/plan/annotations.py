"""The annotations of a document, read when asked for and kept until a change touches them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from . import projection
from .anchors import Anchors
from .garbage import uncollected
from .schema import Annotation, TextTarget

if TYPE_CHECKING:
    from .document import PlanDocument


class Annotations:
    """Annotations with where their texts are now."""

    def __init__(self) -> None:
        self.anchors = Anchors()
        self._records: dict[str, Annotation | None] = {}
        """Annotations without their anchors."""
        self._anchored: dict[str, Annotation | None] = {}

    def get(self, document: PlanDocument, key: str) -> Annotation | None:
        """An annotation with its anchor, or None."""
        if key not in self._anchored:
            made = self._record(document, key)
            self._anchored[key] = self._with_anchor(document, made) if made else None
        return self._anchored[key]

    def all(self, document: PlanDocument, keys: Collection[str]) -> list[Annotation]:
        """Those of these that there are. To find the texts of many takes less at once."""
        with uncollected():
            unread = [self._record(document, key) for key in keys if key not in self._anchored]
            texts = {one.id: _text(one) for one in unread if one}
            self.anchors.place(texts, document.doc)
            made = (self.get(document, key) for key in keys)
            return [one for one in made if one]

    def forget(self, key: str) -> None:
        """Read an annotation and its anchor anew when it is next asked for."""
        self._records.pop(key, None)
        self._anchored.pop(key, None)
        self.anchors.forget(key)

    def forget_places(self) -> None:
        """Let annotations read their anchors anew; the anchors themselves are kept."""
        self._anchored = {
            key: one for key, one in self._anchored.items() if one is None or one.anchor is None
        }

    def _record(self, document: PlanDocument, key: str) -> Annotation | None:
        if key not in self._records:
            raw = document.raw.record("annotations", key)
            made = projection.annotation(key, raw, document.receipts) if raw else None
            self._records[key] = made
        return self._records[key]

    def _with_anchor(self, document: PlanDocument, one: Annotation) -> Annotation:
        target = _text(one)
        if target is None:
            return one
        anchor = self.anchors.get(one.id, target, document.doc, document.content)
        return one.model_copy(update={"anchor": anchor})


def _text(one: Annotation) -> TextTarget | None:
    """The text that an annotation is about, if it has to be found."""
    return one.target if isinstance(one.target, TextTarget) and not one.withdrawn else None

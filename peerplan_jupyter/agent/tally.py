"""How many threads and reviews of a plan are open, and how many want an answer."""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from ..plan.document import PlanDocument
from ..plan.schema import Annotation
from ..review.feedback import annotation_item, review_item


class Tally(NamedTuple):
    """Counts of what stands in `review.feedback.all_feedback`."""

    open: int
    unanswered: int


class _Counted:
    """What each annotation of a document counted for when it was last looked at: an unchanged one
    is the same object, so that a plan of ten thousand is counted in milliseconds.
    """

    def __init__(self) -> None:
        self._people: Any = None
        self._known: dict[str, tuple[Annotation, bool]] = {}

    def count(self, document: PlanDocument) -> Tally:
        if self._people is not document.identities:
            self._people, self._known = document.identities, {}
        standing = [one for one in document.annotations() if _stands(one)]
        wanting = [one for one in standing if not self._addressed(document, one)]
        reviews = [key for key, one in document.reviews.items() if not one.withdrawn]
        due = [key for key in reviews if not review_item(document, key).addressed]
        return Tally(len(standing) + len(reviews), len(wanting) + len(due))

    def _addressed(self, document: PlanDocument, one: Annotation) -> bool:
        known = self._known.get(one.id)
        if known is None or known[0] is not one:
            known = self._known[one.id] = (one, annotation_item(document, one).addressed)
        return known[1]


_counted: WeakKeyDictionary[PlanDocument, _Counted] = WeakKeyDictionary()


def tally(document: PlanDocument) -> Tally:
    """The counts now. Runs where the document may be read."""
    return _counted.setdefault(document, _Counted()).count(document)


def _stands(one: Annotation) -> bool:
    return one.withdrawn is None and one.state == "open"

"""From touched places to a change set: drop what is no longer true, read only that again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .changes import (
    ChangeSet,
    News,
    Touched,
    annotation_news,
    edit_news,
    review_news,
    revision_news,
)
from .schema import Artifact

if TYPE_CHECKING:
    from .document import PlanDocument


def collect(document: PlanDocument, touched: Touched) -> ChangeSet:
    """The change set of `touched`, with the document's caches brought up to date."""
    document.seq += 1
    change = ChangeSet(document.seq)
    told = set(touched.of("annotations"))
    before = _before(document)
    _forget(document, touched)
    told |= _receipts(document, touched)
    for key in told:
        document.annotation_cache.forget(key)
    moved = _content(document, touched, change) if touched.deltas else set()
    annotations = told | moved
    if "steps" in touched.roots:
        change.steps = [one.to_wire() for one in document.steps]
    _entities(document, touched, annotations, before, change)
    change.header = _header(document, touched)
    change.news = list(_news(document, touched))
    return change


def _before(document: PlanDocument) -> dict[str, Artifact]:
    """The artifacts as they were last read; none where nobody read them."""
    known: dict[str, Artifact] = document.__dict__.get("artifacts", {})
    return known


def _forget(document: PlanDocument, touched: Touched) -> None:
    """Drop the cached properties that the touched roots feed, and what follows from those."""
    frozen = {"plan", "content", "steps", "artifacts"} & touched.roots
    standing = {"plan", "reviews", "revisions", "policy", "identities"} & touched.roots
    names = touched.roots & {
        "content", "steps", "artifacts", "revisions", "reviews", "identities", "policy", "receipts"
    }  # fmt: skip
    document.forget(*names)
    if frozen:
        document.forget("digest", "standing")
    if standing:
        document.forget("standing")
    if "receipts" in touched.roots:
        document.forget("reviews", "standing")


def _receipts(document: PlanDocument, touched: Touched) -> set[str]:
    """The annotations whose receipts changed, from keys such as `read:{annotation}/{reply}`."""
    items = {key.partition(":")[2].partition("/")[0] for key in touched.values.get("receipts", ())}
    return {item for item in items if document.find_annotation(item) is not None}


def _content(document: PlanDocument, touched: Touched, change: ChangeSet) -> set[str]:
    """Annotations to be told anew: those whose text was touched; all, after several deltas."""
    anchors = document.annotation_cache.anchors
    if len(touched.deltas) == 1:
        (delta,) = touched.deltas
        moved = anchors.shift(delta, document.content)
    else:
        delta, moved = [], anchors.known()
        for key in moved:
            anchors.forget(key)
    change.content = {"text": document.content, "delta": delta}
    document.annotation_cache.forget_places()
    return set(moved)


def _entities(
    document: PlanDocument,
    touched: Touched,
    annotations: set[str],
    before: dict[str, Artifact],
    change: ChangeSet,
) -> None:
    if annotations:
        keys = sorted(annotations)
        found = {one.id: one for one in document.annotation_cache.all(document, keys)}
        change.entities["annotations"] = {key: _wire(found.get(key)) for key in keys}
    if touched.of("artifacts"):
        change.entities["artifacts"] = {
            key: _wire(one) for key, one in document.artifacts.items() if before.get(key) != one
        }
    reviews = set(touched.of("reviews")) | _touched_review_receipts(document, touched)
    if reviews:
        change.entities["reviews"] = {key: _wire(document.reviews.get(key)) for key in reviews}
    if touched.of("revisions"):
        change.entities["revisions"] = {one.id: one.to_wire() for one in document.revisions}
    if "identities" in touched.roots:
        names = touched.values.get("identities", set())
        change.entities["identities"] = {key: _wire(document.identities.get(key)) for key in names}


def _touched_review_receipts(document: PlanDocument, touched: Touched) -> set[str]:
    items = {key.partition(":")[2] for key in touched.values.get("receipts", ())}
    return items & set(document.reviews) if items else set()


def _header(document: PlanDocument, touched: Touched) -> dict[str, Any]:
    """The header's fields that differ from what was last told."""
    silent = {"annotations"}
    if document.known_header and touched.roots <= silent:
        return {}
    now = document.header()
    known, document.known_header = document.known_header, now
    return {key: value for key, value in now.items() if key not in known or known[key] != value}


def _news(document: PlanDocument, touched: Touched) -> Iterable[News]:
    for key, names in sorted(touched.of("annotations").items()):
        yield from annotation_news(key, document.raw.record("annotations", key) or {}, names)
    for key, names in sorted(touched.of("reviews").items()):
        yield from review_news(key, document.raw.record("reviews", key) or {}, names)
    for key, names in sorted(touched.of("revisions").items()):
        yield from revision_news(key, document.raw.record("revisions", key) or {}, names)
    for key in sorted(touched.values.get("applied", ())):
        yield from edit_news(key, document.raw.value("applied", key))


def _wire(one: Any) -> dict[str, Any] | None:
    return one.to_wire() if one is not None else None

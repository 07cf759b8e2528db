"""Review bundles: what one reviewer did on a static page, brought by a file. See `docs/page.md`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pydantic_core
from pydantic import Field, ValidationError

from ..errors import (
    DocumentError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    TooLargeError,
)
from ..plan.document import PlanDocument
from ..plan.schema import Actor, Model, PlanId, PullRequest, Timestamp
from ..sync.gate import Gate
from ..sync.gate_copy import GateCopy
from ..sync.keys import canonical, verified
from ..sync.plans import Plans
from ..sync.refusals import EarlyError, OversteppedError

MAX_BUNDLE = 16_000_000
"""Bytes."""
_CONTEXT = b"peerplan bundle v1\0"


class Bundle(Model):
    """The file, its signature checked."""

    peerplan: Literal["bundle"]
    v: Literal[1]
    plan: PlanId
    title: Annotated[str, Field(max_length=300)]
    repository: Annotated[str, Field(max_length=500)]
    pr: PullRequest | None
    base: Annotated[str, Field(max_length=100_000)]
    """The Loro version that the updates go on from, base64."""
    updates: Annotated[list[str], Field(min_length=1, max_length=10_000)]
    identity: Actor
    made: Timestamp
    sig: str


@dataclass(frozen=True)
class Imported:
    """What a bundle brought."""

    plan_id: str
    reviewer: Actor
    annotations: int
    """New ones, and replies to others."""
    reviews: int
    changed: bool


def read_bundle(data: bytes) -> Bundle:
    """`data` as a bundle that its reviewer signed.

    Raises `TooLargeError` above `MAX_BUNDLE` bytes, `InvalidInputError` for anything else that is
    none, and `ForbiddenError` for one that was changed.
    """
    if len(data) > MAX_BUNDLE:
        raise TooLargeError(f"A bundle of {len(data):,} bytes; {MAX_BUNDLE:,} are read.")
    try:
        told: Any = pydantic_core.from_json(data)
        bundle = Bundle.model_validate(told)
        rest = canonical({name: value for name, value in told.items() if name != "sig"})
    except (ValueError, ValidationError, InvalidInputError) as error:
        raise InvalidInputError(
            "The file is not a review that was saved on a plan's page.",
            hint="Ask for the file itself, as the page saved it.",
        ) from error
    if not verified(bundle.identity.id, bundle.sig, _CONTEXT + rest):
        raise ForbiddenError(
            "The review in the file was changed after it was saved.", hint="Ask for it again."
        )
    return bundle


def import_bundles(plans: Plans, bundles: Sequence[Bundle]) -> list[Imported]:
    """Take the reviews in, as far as reviewers may write them; on the peer's thread. Several may go
    on from each other.

    Nothing is taken in unless all of it may be. Raises `NotFoundError` when the plan, or what a
    review goes on from, is not here, `ForbiddenError` when it writes what only others may, and
    `DocumentError` for bytes that Loro refuses.
    """
    for bundle in bundles:
        if not plans.has(bundle.plan):
            raise NotFoundError(
                f"The plan {bundle.plan} is not here.",
                hint=f"Open it first: peerplan open {bundle.repository or 'URL'}",
            )
    wanted = {one.plan: [other for other in bundles if other.plan == one.plan] for one in bundles}
    tried = {plan: _tried(plans.get(plan), several) for plan, several in wanted.items()}
    before = [_counts(plans, one) for one in bundles]
    changed: set[str] = set()
    for plan, updates in tried.items():
        for who, update in updates:
            if plans.take_in(plan, update, "bundle") is not None:
                changed.add(who)
    return [
        _imported(one, was, _counts(plans, one), changed=one.sig in changed)
        for one, was in zip(bundles, before, strict=True)
    ]


def _tried(document: PlanDocument, bundles: Sequence[Bundle]) -> list[tuple[str, bytes]]:
    """The updates in an order in which they can be taken in, each with the signature of its
    bundle.
    """
    after = PlanDocument.load([document.updates_since()])
    copy = GateCopy(lambda: after)
    left = [(one, list(map(_decoded, one.updates))) for one in bundles]
    done: list[tuple[str, bytes]] = []
    try:
        while any(updates for _, updates in left):
            found = [
                (one.sig, update) for one, rest in left for update in _ready(one, rest, after, copy)
            ]
            if not found:
                raise _too_early(next(one for one, updates in left if updates))
            done += found
    finally:
        copy.close()
    return done


def _ready(
    bundle: Bundle, updates: list[bytes], after: PlanDocument, copy: GateCopy
) -> Iterator[bytes]:
    """Takes those off the updates, and into `after`, that depend on nothing that is not there."""
    gate = Gate("reviewer", bundle.identity, copy)
    while updates:
        try:
            gate.check(updates[0])
        except EarlyError:
            return
        except OversteppedError as error:
            raise ForbiddenError(
                f"The review writes what its author may not: {error.message}"
            ) from None
        after.import_updates(updates[0])
        yield updates.pop(0)


def _too_early(bundle: Bundle) -> NotFoundError:
    return NotFoundError(
        f"The review by {bundle.identity.name} is about a newer state of the plan than this one.",
        hint=f"Open the plan first: peerplan open {bundle.repository or 'URL'}. Where reviewers "
        "answered each other, import their files together: peerplan import FILE FILE",
    )


def _imported(
    bundle: Bundle, before: tuple[int, int], after: tuple[int, int], *, changed: bool
) -> Imported:
    return Imported(
        bundle.plan,
        bundle.identity,
        annotations=after[0] - before[0],
        reviews=after[1] - before[1],
        changed=changed,
    )


def _counts(plans: Plans, bundle: Bundle) -> tuple[int, int]:
    """How much the reviewer wrote in the plan as it is now."""
    document, who = plans.get(bundle.plan), bundle.identity.id
    found = document.annotations()
    said = [one.author for one in found] + [reply.author for one in found for reply in one.replies]
    return said.count(who), sum(one.author == who for one in document.reviews.values())


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise DocumentError("An update in the file is not base64.") from None

"""Review bundles: what one reviewer did on a static page, brought by a file. See `docs/page.md`."""

from __future__ import annotations

import base64
import binascii
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
    updates: Annotated[list[str], Field(min_length=1, max_length=1000)]
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


def import_bundle(plans: Plans, bundle: Bundle) -> Imported:
    """Take the review in, as far as a reviewer may write it; on the peer's thread.

    Nothing is taken in unless all of it may be. Raises `NotFoundError` when the plan, or what the
    review goes on from, is not here, `ForbiddenError` when it writes what only others may, and
    `DocumentError` for bytes that Loro refuses.
    """
    if not plans.has(bundle.plan):
        raise NotFoundError(
            f"The plan {bundle.plan} is not here.",
            hint=f"Open it first: peerplan open {bundle.repository or 'URL'}",
        )
    document = plans.get(bundle.plan)
    updates = [_decoded(one) for one in bundle.updates]
    copy = GateCopy(lambda: document)
    try:
        gate = Gate("reviewer", bundle.identity, copy)
        for update in updates:
            gate.check(update)
    except OversteppedError as error:
        raise ForbiddenError(
            f"The review writes what its author may not: {error.message}"
        ) from None
    except EarlyError:
        raise NotFoundError(
            "The review is about a newer state of the plan than the one here.",
            hint=f"Open the plan first: peerplan open {bundle.repository or 'URL'}",
        ) from None
    finally:
        copy.close()
    before = _counts(plans, bundle.plan)
    changes = [plans.take_in(bundle.plan, update, "bundle") for update in updates]
    after = _counts(plans, bundle.plan)
    return Imported(
        bundle.plan,
        bundle.identity,
        annotations=after[0] - before[0],
        reviews=after[1] - before[1],
        changed=any(change is not None for change in changes),
    )


def _counts(plans: Plans, plan_id: str) -> tuple[int, int]:
    document = plans.get(plan_id)
    found = document.annotations()
    return len(found) + sum(len(one.replies) for one in found), len(document.reviews)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise DocumentError("An update in the file is not base64.") from None

"""Raw records of the document as the models of `plan.json`.

What a peer wrote in another form than ours is left out, never raised: one bad record must not
hide a plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from .schema import (
    Annotation,
    Approval,
    Artifact,
    Identity,
    Model,
    PlanId,
    Policy,
    PullRequest,
    Receipt,
    Reply,
    Review,
    Revision,
    Status,
    Step,
    Timestamp,
    Title,
)

REPLY, REACTION = "reply:", "react:"
M = TypeVar("M", bound=Model)
E = TypeVar("E", Annotation, Artifact, Reply, Review, Revision)


def model(kind: type[M], raw: Mapping[str, Any] | None) -> M | None:
    """`raw` as a model; None where it does not have that form."""
    try:
        return kind.model_validate(raw, by_name=False) if raw is not None else None
    except (ValidationError, RecursionError):
        return None


_FORMS: dict[str, Any] = {
    "id": PlanId,
    "title": Title,
    "repo": Annotated[str, Field(max_length=500)],
    "branch": Annotated[str, Field(max_length=300)],
    "pr": PullRequest,
    "owner": Annotated[str, Field(max_length=200)],
    "created": Timestamp,
}
_STRICT = ConfigDict(strict=True)
_HEADER: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(form, config=_STRICT) for name, form in _FORMS.items()
}


def header_field(name: str, raw: Any) -> Any:
    """A field of the plan itself; None where it does not have the form of its name."""
    try:
        return _HEADER[name].validate_python(raw) if raw is not None else None
    except ValidationError:
        return None


def entity(kind: type[E], key: str, raw: Mapping[str, Any]) -> E | None:
    """The record under `key` as a model. One that says another id is none: it would stand for
    somebody else's wherever ids lead.
    """
    made = model(kind, raw)
    return made if made is not None and made.id == key else None


def annotation(
    key: str, raw: Mapping[str, Any], receipts: Mapping[str, Receipt]
) -> Annotation | None:
    """The annotation under `key` with its replies and reactions, without its anchor."""
    state = raw.get("state")
    fields = {
        **{name: value for name, value in raw.items() if ":" not in name},
        "state": state.get("value") if isinstance(state, dict) else "open",
        "stateChange": state if isinstance(state, dict) else None,
        "replies": _replies(key, raw, receipts),
        "reactions": _reactions(raw),
        "receipt": receipts.get(key),
        "anchor": None,
    }
    return entity(Annotation, key, fields)


def receipts(raw: Mapping[str, Any]) -> dict[str, Receipt]:
    """Receipts by item, from keys such as `read:{item}`."""
    found: dict[str, dict[str, Any]] = {}
    for key, at in raw.items():
        state, _, item = key.partition(":")
        found.setdefault(item, {})[state] = at
    made = {item: model(Receipt, fields) for item, fields in found.items()}
    return {item: receipt for item, receipt in made.items() if receipt}


def steps(raw: Iterable[Mapping[str, Any]]) -> list[Step]:
    """The steps in order; a second one with an id that is taken gets one made from it."""
    found: dict[str, Step] = {}
    for one in raw:
        step = model(Step, one)
        if step is None:
            continue
        key, copies = step.id, 1
        while key in found:
            copies += 1
            key = f"{step.id[:58]}_{copies}"
        found[key] = step if key == step.id else step.model_copy(update={"id": key})
    return list(found.values())


def is_step(raw: Mapping[str, Any]) -> bool:
    """Whether a raw record is a step."""
    return model(Step, raw) is not None


def identities(raw: Mapping[str, Any]) -> dict[str, Identity]:
    """Who took part, by id."""
    made = {key: model(Identity, one) for key, one in sorted(raw.items()) if isinstance(one, dict)}
    return {key: one for key, one in made.items() if one}


def policy(raw: Mapping[str, Any]) -> Policy:
    """The policy, or the default one."""
    return model(Policy, raw) or Policy()


def numbered(revisions: Iterable[Revision]) -> list[Revision]:
    """Revisions oldest first, numbered from 1; the last is the current one.

    They are ordered by the number they were stored with, which is one more than there were
    revisions then, and those of one number (asked for at once, or stored without: 0) by their id.
    A clock that was wrong thus keeps no revision in front of those that came after it. A stored
    number above the count of revisions, which no peer that saw them all writes, counts as 0.
    """
    found = list(revisions)
    ordered = sorted(found, key=lambda one: (one.number if one.number <= len(found) else 0, one.id))
    return [one.model_copy(update={"number": n}) for n, one in enumerate(ordered, 1)]


class Standing(Model):
    """What revisions, reviews and policy make of a plan."""

    status: Status
    approval: Approval | None = None
    review: Review | None = None


def standing(
    revision: Revision | None,
    digest_now: str,
    reviews: Iterable[Review],
    policy: Policy,
    owner: str,
    people: Mapping[str, Identity],
) -> Standing:
    """The status and why.

    Reviews count when they are bound to the current revision and its digest and not withdrawn;
    of one author the last verdict, which a mere comment does not lift. Agents' approvals and,
    if the policy says so, the owner's do not count. An edit after an approval makes it stale
    and the plan a draft again; after changes were requested the plan stays so until the next
    revision.
    """
    if revision is None:
        return Standing(status="draft", approval=Approval(required=policy.approvals))
    bound = _verdicts(revision, reviews)
    against = [one for one in bound if one.verdict == "changes_requested"]
    given = [
        one
        for one in bound
        if one.verdict == "approved" and _counts(one.author, policy, owner, people)
    ]
    stale = revision.digest != digest_now
    approval = Approval(required=policy.approvals, given=[one.id for one in given], stale=stale)
    if against:
        return Standing(status="changes_requested", approval=approval, review=against[-1])
    if len(given) < policy.approvals:
        return Standing(status="pending_review", approval=approval)
    return Standing(status="draft" if stale else "approved", approval=approval, review=given[-1])


def _verdicts(revision: Revision, reviews: Iterable[Review]) -> list[Review]:
    last: dict[str, Review] = {}
    for one in sorted(reviews, key=lambda review: review.id):
        if one.withdrawn or one.verdict == "commented":
            continue
        if one.revision == revision.id and one.digest == revision.digest:
            last[one.author] = one
    return sorted(last.values(), key=lambda review: review.id)


def _counts(author: str, policy: Policy, owner: str, people: Mapping[str, Identity]) -> bool:
    known = people.get(author)
    human = known is not None and known.kind == "human"
    return human and not (policy.exclude_author and author == owner)


def _replies(home: str, raw: Mapping[str, Any], receipts: Mapping[str, Receipt]) -> list[Reply]:
    found = []
    for name in sorted(name for name in raw if name.startswith(REPLY)):
        key, value = name.removeprefix(REPLY), raw[name]
        if isinstance(value, dict):
            receipt = receipts.get(f"{home}/{key}")
            found.append(entity(Reply, key, {**value, "receipt": receipt}))
    return [reply for reply in found if reply]


def _reactions(raw: Mapping[str, Any]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for key in sorted(key for key in raw if key.startswith(REACTION)):
        emoji, _, who = key.removeprefix(REACTION).partition(":")
        if raw[key] is True:
            given.setdefault(emoji, []).append(who)
    return dict(sorted(given.items()))

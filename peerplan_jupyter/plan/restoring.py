"""A document from `plan.json` alone, for plans that were published without their document."""

from __future__ import annotations

import hashlib

import loro
import rfc8785

from ..errors import DocumentError
from .containers import Containers
from .guard import guarded, new_document, no_version
from .projection import REACTION, REPLY
from .schema import SCHEMA_VERSION, Annotation, Plan


def restore(plan: Plan) -> bytes:
    """Updates that make a document with what `plan` says.

    Everybody who restores the same `plan.json` makes the same history (the Loro peer id is taken
    from its digest), so that their later changes merge. Text anchors have no cursors; they are
    found by their quotes.
    """
    doc = new_document()
    with guarded("Restoring a plan"):
        doc.peer_id = _peer_id(plan)
        raw = Containers(doc)
        _write_plan(raw, plan)
        _write_entities(raw, plan)
        doc.commit()
        return bytes(doc.export(loro.ExportMode.Updates(no_version())))


def _peer_id(plan: Plan) -> int:
    try:
        canonical = rfc8785.dumps(plan.to_wire())
    except rfc8785.CanonicalizationError as error:
        raise DocumentError(f"The plan cannot be restored: {str(error)[:200]}.") from None
    return int.from_bytes(hashlib.sha256(canonical).digest()[:7])


def _write_plan(raw: Containers, plan: Plan) -> None:
    named = {"id", "title", "repo", "branch", "pr", "owner", "created"}
    fields = {name: value for name, value in sorted(plan.to_wire().items()) if name in named}
    for name, value in {"schema": SCHEMA_VERSION, **fields}.items():
        raw.put("plan", name, value)
    if plan.content:
        raw.set_content(plan.content)
    for index, step in enumerate(plan.steps):
        raw.insert_step(index, step.to_wire())
    for name, value in plan.policy.to_wire().items():
        raw.put("policy", name, value)
    for key, who in sorted(plan.identities.items()):
        raw.put("identities", key, who.to_wire())


def _write_entities(raw: Containers, plan: Plan) -> None:
    for artifact in plan.artifacts:
        file = artifact.file or artifact.url.rsplit("/", 1)[-1]
        wire = {**artifact.to_wire(), "file": file, "name": artifact.name or file}
        raw.write("artifacts", artifact.id, wire)
    for annotation in plan.annotations:
        raw.write("annotations", annotation.id, _annotation(annotation))
    for review in plan.reviews:
        raw.write("reviews", review.id, review.to_wire())
    for revision in plan.revisions:
        raw.write("revisions", revision.id, revision.to_wire())


def _annotation(one: Annotation) -> dict[str, object]:
    computed = {"anchor", "replies", "reactions", "state", "stateChange", "receipt"}
    fields = {key: value for key, value in one.to_wire().items() if key not in computed}
    if one.state_change is not None:
        fields["state"] = {"value": one.state, **one.state_change.to_wire()}
    for reply in one.replies:
        fields[REPLY + reply.id] = reply.to_wire()
    for emoji, people in sorted(one.reactions.items()):
        for who in people:
            fields[f"{REACTION}{emoji}:{who}"] = True
    return fields

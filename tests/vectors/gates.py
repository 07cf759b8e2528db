"""`gate.json`: a plan, and changes to it that members with a role may or may not make."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, TypeAlias

import loro

from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.guard import new_document
from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.plan.schema import Actor

from .people import NOW, PLAN, did

OLGA, RITA, TOM, BOT = (
    Actor(id=did(name), name=name.title(), kind="agent" if name == "bot" else "human")
    for name in ("olga", "rita", "tom", "bot")
)
THEIRS, OWN, REVIEW, REPLY, OWN_REPLY, TOMS = (
    f"01M7XZ5Z4DZ59YY0J8AZFW84{end}" for end in ("A1", "A2", "A3", "A4", "A5", "A6")
)
FRESH = "01M7XZ5Z4DZ59YY0J8AZFW84F1"
Change: TypeAlias = Callable[[PlanDocument], None]


def operation(who: Actor, op: str, ulid: str, **fields: Any) -> Any:
    return parse_operation({"op": op, "id": ulid, "at": NOW, **fields}, who)


def annotate(who: Actor, ulid: str, content: str = "Why?") -> Any:
    told = {"type": "question", "content": content, "target": {"type": "plan"}}
    return operation(who, "annotate", ulid, **told)


def ulid(number: int) -> str:
    return f"01M7XZ5Z4DZ59YY0J8AZFW8{number:03d}"


def base() -> PlanDocument:
    """Olga's plan: annotations by Olga and by Rita with replies, and a review by Tom."""
    document = PlanDocument(new_document())
    document.doc.peer_id = 1
    for one in (
        operation(OLGA, "create_plan", ulid(0), planId=PLAN, title="Sessions", content="# Why\n"),
        annotate(OLGA, THEIRS),
        operation(OLGA, "reply", REPLY, annotationId=THEIRS, content="Well?"),
        operation(OLGA, "set_policy", ulid(2), approvals=2),
        operation(OLGA, "request_review", ulid(1)),
    ):
        document.apply(one)
    grown(document, 2, annotate(RITA, OWN, "And this?"))
    grown(document, 2, operation(RITA, "reply", OWN_REPLY, annotationId=THEIRS, content="Hm."))
    grown(document, 3, verdict(document, TOM, TOMS, "commented"))
    grown(document, 4, verdict(document, RITA, REVIEW, "changes_requested"))
    return document


def verdict(document: PlanDocument, who: Actor, ulid: str, given: str) -> Any:
    revision = document.revision
    assert revision
    told = {"revision": revision.id, "digest": revision.digest, "verdict": given}
    return operation(who, "submit_review", ulid, **told)


def grown(document: PlanDocument, peer: int, one: Any) -> None:
    document.doc.peer_id = peer
    document.apply(one)


def by(who: Actor, op: str, number: int = 7, **fields: Any) -> Change:
    """An operation as this package would carry it out."""
    return lambda document: document.apply(operation(who, op, ulid(number), **fields)) and None


def put(root: str, key: str, value: Any) -> Change:
    """A value written into a root map, past the operations."""
    return lambda document: document.doc.get_map(root).insert(key, value)


def field(collection: Any, key: str, **fields: Any) -> Change:
    """Fields written into an entity, past the operations."""
    return lambda document: document.raw.write(collection, key, fields)


def both(*changes: Change) -> Change:
    return lambda document: [change(document) for change in changes] and None


def allowed() -> dict[str, Change]:
    here = {"annotationId": THEIRS}
    fact = {"by": RITA.id, "at": NOW, "op": ulid(9)}
    return {
        "a new annotation": lambda document: document.apply(annotate(RITA, FRESH)) and None,
        "a reply to somebody else": by(RITA, "reply", **here, content="Because."),
        "another reply text of one's own": by(
            RITA, "edit", **here, replyId=OWN_REPLY, content="Hm!"
        ),
        "a reaction": by(RITA, "react", **here, emoji="👍"),
        "a reaction taken back": by(RITA, "react", **here, emoji="👍", on=False),
        "one's own annotation edited": by(RITA, "edit", annotationId=OWN, content="And that?"),
        "one's own annotation withdrawn": by(RITA, "withdraw", annotationId=OWN),
        "one's own thread resolved": by(RITA, "resolve", annotationId=OWN),
        "one's own annotation anchored anew": by(
            RITA, "reanchor", annotationId=OWN, target={"type": "plan"}
        ),
        "a verdict": lambda document: (
            document.apply(verdict(document, RITA, FRESH, "approved")) and None
        ),
        "one's own verdict withdrawn": by(RITA, "withdraw_review", reviewId=REVIEW),
        "another name of one's own": put("identities", RITA.id, {"name": "R.", "kind": "human"}),
        "a field that came later": field("annotations", OWN, mood="happy"),
        "a fact that came later": field("annotations", OWN, pinned=fact),
    }


def forbidden() -> dict[str, Change]:
    return {**about_the_plan(), **about_others(), **in_other_forms()}


def about_the_plan() -> dict[str, Change]:
    return {
        "the title": by(RITA, "edit_title", title="Mine"),
        "the content": by(RITA, "edit_content", base="# Why\n", content="# Mine\n"),
        "a step": by(RITA, "add_step", step={"title": "Mine"}),
        "a policy": by(RITA, "set_policy", approvals=1),
        "a pull request": by(RITA, "link_pull_request", pr=9),
        "a revision": by(RITA, "request_review"),
        "a receipt": by(RITA, "acknowledge", items=[THEIRS], state="read"),
        "a revocation": put("revocations", did("invitation"), {"by": RITA.id, "at": NOW}),
        "a root that is not known": put("extra", "key", 1),
        "edit news": put("applied", ulid(8), {"op": "edit_content", "by": RITA.id, "at": NOW}),
    }


def about_others() -> dict[str, Change]:
    toms = {"by": TOM.id, "at": NOW, "op": ulid(9)}
    said = {"id": ulid(8), "author": TOM.id, "content": "Yes.", "timestamp": NOW}
    reply = {"id": REPLY, "author": RITA.id, "content": "No.", "timestamp": NOW}
    new = {"id": FRESH, "type": "question", "content": "?", "timestamp": NOW}
    return {
        "somebody else's words": field("annotations", THEIRS, content="Mine"),
        "somebody else's thread": by(RITA, "resolve", annotationId=THEIRS),
        "somebody else's annotation taken over": field("annotations", THEIRS, author=RITA.id),
        "somebody else's reply": field("annotations", THEIRS, **{f"reply:{REPLY}": reply}),
        "a reply in another name": field("annotations", THEIRS, **{f"reply:{ulid(8)}": said}),
        "a reply in another name in one's own annotation": field(
            "annotations", OWN, **{f"reply:{ulid(8)}": said}
        ),
        "a reply under another id": field("annotations", THEIRS, **{f"reply:{ulid(9)}": said}),
        "a reaction in another name": field("annotations", THEIRS, **{f"react:👍:{TOM.id}": True}),
        "a reaction that is not yes or no": field(
            "annotations", THEIRS, **{f"react:👍:{RITA.id}": "x"}
        ),
        "an annotation in another name": field("annotations", FRESH, **new, author=TOM.id),
        "an annotation without an author": field("annotations", FRESH, **new),
        "an annotation under another id": field(
            "annotations", FRESH, **{**new, "id": OWN}, author=RITA.id
        ),
        "an annotation that changes hands": both(
            field("annotations", FRESH, **new, author=TOM.id),
            field("annotations", FRESH, author=RITA.id),
        ),
        "one's own annotation given away": field("annotations", OWN, author=TOM.id),
        "a fact of somebody else in one's own annotation": field(
            "annotations", OWN, disposition=toms
        ),
        "a review in another name": field(
            "reviews", FRESH, id=FRESH, author=TOM.id, verdict="approved", timestamp=NOW
        ),
        "somebody else's verdict": field("reviews", TOMS, verdict="approved"),
        "somebody else's verdict withdrawn": field(
            "reviews", TOMS, withdrawn={**toms, "by": RITA.id}
        ),
        "somebody else's name": put("identities", TOM.id, {"name": "T.", "kind": "human"}),
        "an operation in another name": put("applied", ulid(8), {**toms, "op": "annotate"}),
        "somebody else's operation": put("applied", THEIRS, {**toms, "by": RITA.id}),
    }


def in_other_forms() -> dict[str, Change]:
    nested: Any = "x"
    for _ in range(17):
        nested = [nested]

    def text(document: PlanDocument) -> None:
        document.doc.get_map("annotations").ensure_mergeable_text(FRESH).insert(0, "x")

    def inside(document: PlanDocument) -> None:
        own = document.doc.get_map("annotations").ensure_mergeable_map(OWN)
        own.ensure_mergeable_map("more").insert("x", 1)

    def child(document: PlanDocument) -> None:
        own = document.doc.get_map("annotations").ensure_mergeable_map(OWN)
        own.insert_container("more", loro.LoroMap())  # type: ignore[no-untyped-call]

    return {
        "somebody else's annotation deleted": lambda document: document.doc.get_map(
            "annotations"
        ).delete(THEIRS),
        "one's own annotation deleted": lambda document: document.doc.get_map("annotations").delete(
            OWN
        ),
        "somebody else's reply deleted": lambda document: (
            document.doc.get_map("annotations")
            .ensure_mergeable_map(THEIRS)
            .delete(f"reply:{REPLY}")
        ),
        "a value in the place of an annotation": put("annotations", THEIRS, "gone"),
        "a value in the place of one's own": put("annotations", OWN, [0, 76, 77, 1, 0, 0, 0, 0]),
        "a list of that name": lambda document: document.doc.get_list("annotations").insert(0, 1),
        "a text as an annotation": text,
        "a map in one's own annotation": inside,
        "a child container": child,
        "a value that is nested too deep": field("annotations", OWN, target=nested),
        "a field with a colon": field("annotations", OWN, **{"read:x": 1}),
        "an identity with more in it": put(
            "identities", RITA.id, {"name": "R.", "kind": "human", "role": "owner"}
        ),
        "another kind": put("identities", RITA.id, {"name": "R.", "kind": "agent"}),
        "an operation without an id": put("applied", "x", {"by": RITA.id, "op": "annotate"}),
    }


def changed(start: PlanDocument, change: Change, peer: int = 9, since: bytes = b"") -> bytes:
    """The update that a change makes on a copy of a document."""
    copy = PlanDocument.load([start.updates_since()])
    copy.doc.peer_id = peer
    before = copy.version()
    change(copy)
    copy.doc.commit()
    return copy.updates_since(since or before)


def case(name: str, update: bytes, verdict: str, who: Actor = RITA, role: str = "reviewer") -> Any:
    told = {"name": name, "role": role, "who": who.to_wire(), "verdict": verdict}
    return {**told, "update": base64.b64encode(update).decode()}


def make() -> dict[str, Any]:
    start = base()
    cases = [case(name, changed(start, one), "ok") for name, one in allowed().items()]
    cases += [case(name, changed(start, one), "overstepped") for name, one in forbidden().items()]
    cases += by_role(start) + in_another_order(start) + of_bytes(start)
    return {"base": base64.b64encode(start.updates_since()).decode(), "cases": cases}


def by_role(start: PlanDocument) -> list[Any]:
    note = changed(start, lambda document: document.apply(annotate(RITA, FRESH)) and None)
    title = changed(start, by(RITA, "edit_title", title="Mine"))
    bots = changed(start, lambda document: document.apply(annotate(BOT, FRESH)) and None)
    approves = changed(start, field(
        "reviews", FRESH, id=FRESH, author=BOT.id, verdict="approved", timestamp=NOW
    ))  # fmt: skip
    person = changed(start, put("identities", BOT.id, {"name": "Bot", "kind": "human"}))
    turned = changed(start, put("identities", RITA.id, {"name": "Rita", "kind": "agent"}))
    as_agent = RITA.model_copy(update={"kind": "agent"})
    return [
        case("an owner may do everything", title, "ok", role="owner"),
        case("a viewer may do nothing", note, "overstepped", role="viewer"),
        case("an agent may annotate", bots, "ok", BOT),
        case("an agent may not approve", approves, "overstepped", BOT),
        case("an agent may not say that it is a person", person, "overstepped", BOT),
        case("nobody changes their kind by coming as another", turned, "overstepped", as_agent),
        case("an annotation of somebody else, brought by another", note, "overstepped", TOM),
    ]


def in_another_order(start: PlanDocument) -> list[Any]:
    """What depends on something, what loses against something, and whose Loro peer it was."""
    copy = PlanDocument.load([start.updates_since()])
    copy.doc.peer_id = 9
    copy.apply(annotate(RITA, FRESH))
    middle = copy.version()
    copy.apply(operation(RITA, "reply", ulid(8), annotationId=FRESH, content="And?"))
    late = copy.updates_since(middle)
    old = PlanDocument(new_document())
    old.doc.peer_id = 8
    loser = changed(old, put("policy", "approvals", 1), peer=8)
    toms = changed(start, lambda document: document.apply(annotate(RITA, FRESH)) and None, peer=3)
    ritas = changed(start, lambda document: document.apply(annotate(RITA, FRESH)) and None, peer=2)
    return [
        case("a reply whose annotation has not come", late, "early"),
        case("a write to the policy that loses and changes nothing", loser, "overstepped"),
        case("an update that goes on under somebody else's Loro peer", toms, "overstepped"),
        case("an update that goes on under a Loro peer of one's own", ritas, "ok"),
        case("what everybody has", start.updates_since(), "ok"),
    ]


def of_bytes(start: PlanDocument) -> list[Any]:
    note = changed(start, lambda document: document.apply(annotate(RITA, FRESH)) and None)
    snapshot = bytes(start.doc.export(loro.ExportMode.Snapshot()))
    return [
        case("a snapshot", snapshot, "refused"),
        case("a changed bit", note[:-1] + bytes([note[-1] ^ 1]), "refused"),
        case("a cut update", note[:-1], "refused"),
        case("nothing", b"", "refused"),
    ]

"""PlanDocument: one plan as a Loro document. Single-threaded; see `sync/peer.py` for the thread."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import loro

from ..errors import DocumentError, NotFoundError, UnsupportedSchemaError
from . import projection
from .annotations import Annotations
from .changes import ChangeSet, Touched
from .collecting import collect
from .containers import Containers
from .digest import digest, frozen_state
from .guard import guarded, is_updates, new_document, new_peer, no_version
from .handlers import handle
from .names import distinct
from .operations import CreatePlan, Operation
from .schema import (
    MAX_READ_CONTENT,
    SCHEMA_VERSION,
    Annotation,
    Artifact,
    Identity,
    Plan,
    Policy,
    Receipt,
    Review,
    Revision,
    Step,
)

MOST_NAMED = 12
"""Steps that an error names."""
MAX_DOCUMENT = 64_000_000
"""Bytes of updates that one import may bring."""


@dataclass(frozen=True)
class Applied:
    """What an operation did: the bytes for other peers (empty if nothing), and the changes."""

    update: bytes
    change: ChangeSet


class PlanDocument:
    """The plan's Loro document behind operations, imports and typed reading.

    Everything read is computed when asked for and kept until a change touches it, so that an
    operation costs the same in a plan of ten annotations and of ten thousand.
    """

    def __init__(self, doc: loro.LoroDoc | None = None) -> None:
        self.doc = new_document() if doc is None else doc
        self.raw = Containers(self.doc)
        self.seq = 0
        self.known_header: dict[str, Any] = {}
        self.annotation_cache = Annotations()
        self._writers: dict[str, int] = {}
        self.doubled = False
        """Whether another process wrote as this one, so that the plan may differ between peers."""
        self._touched = Touched()
        with guarded("Listening to a document"):
            self._subscription = self.doc.subscribe_root(_listener(weakref.ref(self)))

    @classmethod
    def create(cls, operation: CreatePlan) -> tuple[PlanDocument, Applied]:
        """A new plan."""
        made = cls()
        return made, made.apply(operation)

    @classmethod
    def load(cls, updates: Iterable[bytes]) -> PlanDocument:
        """The plan that these updates make; `DocumentError` if Loro refuses them."""
        doc = new_document()
        with guarded("Loading a plan"):
            _import_all(doc, list(updates))
        made = cls(doc)
        made._check_schema()
        return made

    def apply(self, operation: Operation) -> Applied:
        """Carry out `operation`; a second time it changes nothing.

        Raises a `PeerPlanError` before anything is written: `StaleError` with the current state,
        `NotFoundError`, `ForbiddenError`, `InvalidInputError`, `TooLargeError`,
        `UnsupportedSchemaError`.
        """
        self._check_schema()
        before = self.version()
        handle(self, operation)
        with guarded("Committing a change"):
            self.doc.commit()
        return Applied(self.updates_since(before), self._collect())

    def write_as(self, actor_id: str) -> None:
        """Write what comes next under a Loro peer that is this person's alone, so that a change
        tells whose it is.
        """
        peer = self._writers.get(actor_id)
        if peer is None:
            peer = self._writers[actor_id] = self.doc.peer_id if not self._writers else new_peer()
        if peer != self.doc.peer_id:
            with guarded("Changing who writes"):
                self.doc.peer_id = peer

    def _own_writing(self) -> list[int | None]:
        """Up to where this document wrote, under each Loro peer of its own."""
        with guarded("Reading the version"):
            seen = self.doc.oplog_vv
            return [seen.get_last(one) for one in {self.doc.peer_id, *self._writers.values()}]

    def _write_as_others(self) -> None:
        """Write under new Loro peers from now on, since a copy of this process, such as a machine
        that was restored twice makes, writes under the same. Loro drops one of two operations with
        one id and says nothing.
        """
        self.doubled = True
        self._writers.clear()
        with guarded("Changing who writes"):
            self.doc.peer_id = new_peer()

    def import_updates(self, blob: bytes) -> ChangeSet | None:
        """Take in what another peer sent; None when there was nothing new.

        Raises `DocumentError` for anything but Loro's updates mode, and for bytes it refuses;
        after a `PanicError` the document must be loaded again.
        """
        if not is_updates(blob):
            raise DocumentError(
                "These bytes are not a Loro update; snapshots are not taken from peers."
            )
        if len(blob) > MAX_DOCUMENT:
            raise DocumentError(
                f"An update of {len(blob)} bytes came; at most {MAX_DOCUMENT} are taken."
            )
        before, own = self.version(), self._own_writing()
        with guarded("Importing an update"):
            self.doc.import_(bytes(blob))
        if self.version() == before:
            return None
        if self._own_writing() != own:
            self._write_as_others()
        change = self._collect()
        self._check_schema()
        return change

    def updates_since(self, version: bytes = b"") -> bytes:
        """Updates that a peer at `version` lacks; empty when it lacks none."""
        with guarded("Exporting updates"):
            self.doc.commit()
            now = self.doc.oplog_vv
            seen = loro.VersionVector.decode(version) if version else no_version()
            if version and seen.includes_vv(now):
                return b""
            return bytes(self.doc.export(loro.ExportMode.Updates(seen)))

    def version(self) -> bytes:
        """The encoded Loro version vector."""
        with guarded("Reading the version"):
            return bytes(self.doc.oplog_vv.encode())

    @property
    def exists(self) -> bool:
        """Whether there is a plan in the document yet."""
        return self.field("id") is not None

    @property
    def id(self) -> str:
        """The plan's id."""
        return str(self.field("id") or "")

    @property
    def title(self) -> str:
        """The plan's title."""
        return self.field("title") or "(untitled)"

    def field(self, name: str) -> Any:
        """A field of the plan itself: id, title, repo, branch, pr, owner or created; None where
        it is not there, or not in our form.
        """
        return projection.header_field(name, self.raw.value("plan", name))

    @cached_property
    def content(self) -> str:
        """The markdown."""
        return self.raw.content()[:MAX_READ_CONTENT]

    @cached_property
    def steps(self) -> list[Step]:
        """The steps in order."""
        return projection.steps(self.raw.steps())

    @cached_property
    def artifacts(self) -> dict[str, Artifact]:
        """All artifacts by id, withdrawn ones too, each under its distinct file name."""
        raws = ((key, self.raw.record("artifacts", key) or {}) for key in self.raw.ids("artifacts"))
        made = (projection.entity(Artifact, key, raw) for key, raw in raws)
        found = [one for one in made if one]
        files = distinct((one.id, one.file, one.hash or "") for one in found)
        told = {one.id: {"file": files[one.id], "url": files[one.id]} for one in found}
        return {one.id: one.model_copy(update=told[one.id]) for one in found}

    @cached_property
    def revisions(self) -> list[Revision]:
        """All revisions, oldest first, numbered; see `projection.numbered` for the order."""
        raws = ((key, self.raw.record("revisions", key) or {}) for key in self.raw.ids("revisions"))
        made = (projection.entity(Revision, key, {"number": 0, **raw}) for key, raw in raws)
        return projection.numbered(one for one in made if one)

    @cached_property
    def reviews(self) -> dict[str, Review]:
        """All reviews by id."""
        receipts = self.receipts
        made = {}
        for key in self.raw.ids("reviews"):
            raw = {**(self.raw.record("reviews", key) or {}), "receipt": receipts.get(key)}
            made[key] = projection.entity(Review, key, raw)
        return {key: one for key, one in made.items() if one}

    @cached_property
    def identities(self) -> dict[str, Identity]:
        """Everybody who took part, by id."""
        return projection.identities(self.raw.values("identities"))

    @cached_property
    def policy(self) -> Policy:
        """When a revision counts as approved."""
        return projection.policy(self.raw.values("policy"))

    @cached_property
    def receipts(self) -> dict[str, Receipt]:
        """Receipts by item."""
        return projection.receipts(self.raw.values("receipts"))

    @property
    def frozen(self) -> dict[str, Any]:
        """The state that a revision made now would freeze."""
        return frozen_state(self.title, self.content, self.steps, self.artifacts.values())

    @cached_property
    def digest(self) -> str:
        """The digest of the plan as it is now."""
        return digest(self.frozen)

    @property
    def revision(self) -> Revision | None:
        """The current revision: the last that was requested."""
        return self.revisions[-1] if self.revisions else None

    @cached_property
    def standing(self) -> projection.Standing:
        """Status, approval and the review that decides."""
        return projection.standing(
            self.revision,
            self.digest,
            self.reviews.values(),
            self.policy,
            str(self.field("owner") or ""),
            self.identities,
        )

    def step(self, key: str) -> Step:
        """A step, or `NotFoundError`."""
        for one in self.steps:
            if one.id == key:
                return one
        there = ", ".join(f"{one.id} ({one.title})" for one in self.steps[:MOST_NAMED])
        raise NotFoundError(
            f"The plan has no step {key[:80]!r}.",
            hint=f"There are these: {there}." if there else "It has no steps.",
            steps=[one.id for one in self.steps],
        )

    def annotation(self, key: str) -> Annotation:
        """An annotation with its anchor, or `NotFoundError`."""
        found = self.find_annotation(key)
        if found is None:
            raise NotFoundError(f"The plan has no annotation {key!r}.")
        return found

    def annotations(self) -> list[Annotation]:
        """All annotations, oldest first, withdrawn ones too."""
        return self.annotation_cache.all(self, self.raw.ids("annotations"))

    def plan(self, *, annotated: bool = True) -> Plan:
        """The whole plan, or all of it but the annotations; an artifact's url is the name of its
        file.

        Raises `NotFoundError` where there is no plan.
        """
        if not self.exists:
            raise NotFoundError("There is no plan here yet.")
        return Plan(
            id=self.id,
            **{name: self.field(name) for name in ("pr", "branch", "repo")},
            title=self.title,
            content=self.content,
            steps=self.steps,
            status=self.standing.status,
            artifacts=list(self.artifacts.values()),
            annotations=self.annotations() if annotated else [],
            review=self.standing.review,
            owner=self.field("owner") or "",
            created=self.field("created") or 0,
            reviews=list(self.reviews.values()),
            revisions=self.revisions,
            policy=self.policy,
            approval=self.standing.approval,
            identities=self.identities,
        )

    def header(self) -> dict[str, Any]:
        """What a change set tells of the plan itself."""
        standing = self.standing
        wire = {name: self.field(name) for name in ("title", "pr", "branch")}
        wire |= {"status": standing.status, "policy": self.policy.to_wire()}
        wire["approval"] = standing.approval.to_wire() if standing.approval else None
        wire["review"] = standing.review.to_wire() if standing.review else None
        return wire

    def forget(self, *names: str) -> None:
        """Compute these cached properties anew when they are next read."""
        for name in names:
            self.__dict__.pop(name, None)

    def find_annotation(self, key: str) -> Annotation | None:
        """An annotation with its anchor, or None."""
        return self.annotation_cache.get(self, key)

    def note(self, event: Any) -> None:
        """Remember what a `DiffEvent` touched, for the next change set."""
        self._touched.note(event)

    def _check_schema(self) -> None:
        version = self.raw.value("plan", "schema")
        if isinstance(version, int | float) and version > SCHEMA_VERSION:
            raise UnsupportedSchemaError(
                f"The plan has schema {version}; this peerplan reads up to {SCHEMA_VERSION}.",
                hint="Upgrade peerplan-jupyter.",
            )

    def _collect(self) -> ChangeSet:
        touched, self._touched = self._touched, Touched()
        return collect(self, touched)


def _listener(document: weakref.ref[PlanDocument]) -> Callable[[Any], None]:
    """Loro keeps its callbacks where the garbage collector does not look: one that held the
    document would hold it for ever.
    """

    def note(event: Any) -> None:
        known = document()
        if known is not None:
            known.note(event)

    return note


def _import_all(doc: loro.LoroDoc, blobs: list[bytes]) -> None:
    """Import one blob plainly: a batch of one takes half as long again."""
    if len(blobs) == 1:
        doc.import_(blobs[0])
    else:
        doc.import_batch(blobs)

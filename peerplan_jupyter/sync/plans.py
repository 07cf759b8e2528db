"""Plans: every document of a process beside its journal. Runs on the peer's thread alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..errors import (
    DocumentError,
    InvalidInputError,
    NotFoundError,
    PeerPlanError,
    StorageError,
)
from ..plan.changes import ChangeSet, News
from ..plan.document import Applied, PlanDocument
from ..plan.guard import PanicError
from ..plan.ids import checked_plan_id
from ..plan.operations import CreatePlan, Operation
from ..store.feed import FeedEntry
from ..store.journal import Journal

FROM_JOURNAL = "journal"
"""The origin of changes that another process wrote."""
COMPACT_AFTER = 500
"""Journal rows of one plan after which they are joined into one."""


@dataclass(frozen=True)
class PlanEvent:
    """A plan changed, durably. `update` is what other peers lack; `change` what viewers do.

    `change` is None when viewers must read the plan anew. `origin` names who brought it.
    """

    plan_id: str
    update: bytes
    change: ChangeSet | None
    origin: str = ""


_log = logging.getLogger(__name__)
Listener = Callable[[PlanEvent], None]
Guard = Callable[[PlanDocument, Operation], None]


class Plans:
    """Documents by plan id, loaded from the journal when first asked for.

    A change is told to listeners, and its caller answered, only after it is in the journal; when
    the journal fails the document goes back to what the journal holds.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.guard: Guard | None = None
        """Asked about every operation on a plan that is here; it raises for one that may not be."""
        self._documents: dict[str, PlanDocument] = {}
        self._read: dict[str, int] = {}
        self._listeners: list[Listener] = []
        self._seen = journal.last_seq()
        self._writes = journal.foreign_writes()

    def ids(self) -> list[str]:
        """The plans of this user."""
        return self.journal.plans()

    def get(self, plan_id: str) -> PlanDocument:
        """A plan's document; `NotFoundError` if the journal has none."""
        checked_plan_id(plan_id)
        found = self._documents.get(plan_id) or self._load(plan_id)
        if found is None:
            raise NotFoundError(
                f"There is no plan {plan_id!r} here.",
                hint="List the plans, or open the plan by its URL first.",
                plan=plan_id,
            )
        return found

    def has(self, plan_id: str) -> bool:
        """Whether the plan is in the journal."""
        return plan_id in self._documents or self._load(plan_id) is not None

    def create(self, operation: CreatePlan) -> Applied:
        """Begin a plan; `InvalidInputError` if its id is taken by another."""
        self.poll()
        if self.has(operation.plan_id):
            if self.get(operation.plan_id).raw.value("applied", operation.id) is None:
                raise InvalidInputError(
                    f"There is a plan {operation.plan_id!r} already.",
                    hint="Edit it, or take another id.",
                )
            return self.submit(operation.plan_id, operation)
        document, applied = PlanDocument.create(operation)
        self._keep(operation.plan_id, document, applied, "")
        return applied

    def submit(self, plan_id: str, operation: Operation, origin: str = "") -> Applied:
        """Apply an operation to a plan; durable when this returns."""
        self.poll()
        document = self.get(plan_id)
        if self.guard is not None:
            self.guard(document, operation)
        applied = self._apply(plan_id, document, operation)
        if applied.update:
            self._keep(plan_id, document, applied, origin)
        return applied

    def take_in(self, plan_id: str, blob: bytes, origin: str = "") -> ChangeSet | None:
        """Import what a peer or a branch holds; durable when this returns.

        A plan that is not here yet begins to exist. None when there was nothing new.
        """
        checked_plan_id(plan_id)
        document = self._documents.get(plan_id) or self._load(plan_id) or PlanDocument()
        before = document.version() if document.exists else b""
        change = self._import(plan_id, document, blob)
        if change is None:
            return None
        if document.id != plan_id:
            self._documents.pop(plan_id, None)
            raise DocumentError(f"The update is of the plan {document.id!r}, not of {plan_id!r}.")
        applied = Applied(document.updates_since(before), change)
        self._keep(plan_id, document, applied, origin)
        return change

    def poll(self) -> None:
        """Take in what other processes wrote into the same journal since the last poll."""
        writes = self.journal.foreign_writes()
        if writes == self._writes:
            return
        self._writes, before = writes, self._seen
        self._seen = self.journal.last_seq()
        for plan_id in self.journal.changed_since(before):
            if plan_id in self._documents:
                self._try_to_catch_up(plan_id)
            else:
                self._tell(PlanEvent(plan_id, b"", None, FROM_JOURNAL))

    @property
    def watched(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each durable change; returns how to stop."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def _load(self, plan_id: str) -> PlanDocument | None:
        rows = self.journal.updates(plan_id)
        if not rows:
            return None
        document = PlanDocument.load(blob for _, blob in rows)
        self._documents[plan_id] = document
        self._read[plan_id] = rows[-1][0]
        if len(rows) > COMPACT_AFTER:
            self._compact(plan_id, document)
        return document

    def _compact(self, plan_id: str, document: PlanDocument) -> None:
        self.journal.compact(plan_id, document.updates_since(), self._read[plan_id])

    def _apply(self, plan_id: str, document: PlanDocument, operation: Operation) -> Applied:
        """Apply; a document that an unexpected error left half written is dropped."""
        try:
            document.write_as(operation.actor.id)
            return document.apply(operation)
        except PanicError:
            self._documents.pop(plan_id, None)
            raise
        except PeerPlanError:
            raise
        except Exception:
            self._documents.pop(plan_id, None)
            raise

    def _import(self, plan_id: str, document: PlanDocument, blob: bytes) -> ChangeSet | None:
        try:
            return document.import_updates(blob)
        except PanicError:
            self._documents.pop(plan_id, None)
            raise

    def _keep(self, plan_id: str, document: PlanDocument, applied: Applied, origin: str) -> None:
        """Write a change to the journal, then tell it."""
        try:
            self.journal.append(plan_id, applied.update, _feed(applied.change.news), origin)
        except StorageError:
            self._documents.pop(plan_id, None)
            self._tell(PlanEvent(plan_id, b"", None, FROM_JOURNAL))
            raise
        self._documents[plan_id] = document
        self._tell(PlanEvent(plan_id, applied.update, applied.change, origin))

    def _try_to_catch_up(self, plan_id: str) -> None:
        try:
            self._catch_up(plan_id)
        except PeerPlanError:
            _log.exception("What another process wrote to the plan %s cannot be read", plan_id)
            self._documents.pop(plan_id, None)

    def _catch_up(self, plan_id: str) -> None:
        document = self._documents[plan_id]
        for seq, blob in self.journal.updates(plan_id, after=self._read.get(plan_id, 0)):
            change = self._import(plan_id, document, blob)
            self._read[plan_id] = seq
            if change is not None:
                self._tell(PlanEvent(plan_id, blob, change, FROM_JOURNAL))

    def _tell(self, event: PlanEvent) -> None:
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception:
                _log.exception("Telling that the plan %s changed failed", event.plan_id)


def _feed(news: Iterable[News]) -> list[FeedEntry]:
    return [
        FeedEntry(
            key=one.key,
            kind=one.kind,
            item={"id": one.id, "reply": one.reply, "by": one.by},
            at=one.at,
        )
        for one in news
    ]

"""Rights: what a room's other members may change in a plan, as its own peer sees it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from ..plan.document import PlanDocument
from ..sync.gate import Gate
from ..sync.gate_copy import GateCopy
from ..sync.handshake import Member
from ..sync.mesh.barring import Barred
from ..sync.own import OwnWriting
from ..sync.plans import Plans

MAX_GATES = 500
"""People whose gates are kept; what a gate knows it finds out again."""


class Rights:
    """A `Watch` over one plan. On the peer's thread."""

    def __init__(
        self, plans: Plans, plan_id: str, who: str, barred: Barred, copy: GateCopy
    ) -> None:
        """`who` is the id of this workspace's user; `barred` holds whom this process put out;
        `copy` is of that plan.
        """
        self._plans, self._plan_id = plans, plan_id
        self.barred = barred
        self._own = OwnWriting(who)
        self._copy = copy
        self._gates: dict[tuple[str, str, str], Gate] = {}

    def revoked(self, invitation: str) -> bool:
        """See `Watch`."""
        document = self._document()
        return document is not None and document.raw.value("revocations", invitation) is not None

    def judge(self, update: bytes, member: Member) -> None:
        """See `Watch`."""
        self._gate(member).check(update)

    def foreseen(self, update: bytes, member: Member) -> AbstractAsyncContextManager[None]:
        """See `Watch`."""
        return self._gate(member).foreseen(update)

    def own_since(self, version: bytes) -> bytes:
        """See `Watch`."""
        document = self._document()
        return self._own.since(document, version) if document else b""

    def own_parts_since(self, version: bytes) -> list[bytes]:
        """See `Watch`."""
        document = self._document()
        return self._own.parts_since(document, version) if document else []

    @property
    def doubled(self) -> bool:
        """Whether a copy of this process writes into the plan, see `PlanDocument.doubled`."""
        document = self._document()
        return document is not None and document.doubled

    def close(self) -> None:
        """End what judging needs."""
        self._copy.close()

    def _gate(self, member: Member) -> Gate:
        key = member.identity.id, member.identity.kind, member.role
        gate = self._gates.pop(key, None) or Gate(member.role, member.identity, self._copy)
        self._gates[key] = gate
        if len(self._gates) > MAX_GATES:
            del self._gates[next(iter(self._gates))]
        return gate

    def _document(self) -> PlanDocument | None:
        return self._plans.get(self._plan_id) if self._plans.has(self._plan_id) else None

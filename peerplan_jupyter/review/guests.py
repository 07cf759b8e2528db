"""Guests: what this user may do in plans that they were invited to."""

from __future__ import annotations

from ..plan.document import PlanDocument
from ..plan.operations import Operation
from ..plan.roles import check_role
from ..store.rooms import Rooms


class Guests:
    """A `Guard` by the rooms that are kept, so that it holds in every process of the user."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def check(self, document: PlanDocument, operation: Operation) -> None:
        """Raise `ForbiddenError` for what the user's role in the plan's room does not allow."""
        room = self._rooms.get(document.id)
        if room is not None and room.link:
            check_role(room.role, room.who, operation, document)

"""Where the peers of one plan meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from typing import ClassVar, TypeAlias

from ..errors import NotFoundError
from .events import Imported, Role, State
from .frames import DOCUMENTS, Crdt
from .ports import DocumentPort, PresenceReplica
from .presence import Presence
from .session import Session

Outlet: TypeAlias = Callable[[Iterable[bytes]], None]
"""Takes the frames that are to go to one peer."""
TURNS = 20
"""How often something that came lets others take in what waited for it, before its thread does
something else."""


class Room:
    """One document and its presence, and the sessions that keep them equal with other peers.

    What a session brings is relayed to the others. Everything else that changes the document is
    published by its host, which must not publish again what came through the port. Used on the
    document's thread only.
    """

    kinds: ClassVar[tuple[Crdt, ...]] = (Crdt.LORO, Crdt.EPHEMERAL)
    """What a peer that joins asks for."""

    def __init__(self, name: str, document: DocumentPort, presence: Presence | None = None) -> None:
        self.name, self.document = name, document
        self.presence = presence or Presence()
        self._members: dict[Session, Outlet] = {}
        self._news = self._settling = False

    def port(self, crdt: Crdt, role: Role = Role.REQUESTER) -> DocumentPort:  # noqa: ARG002 - alike
        """What a session of that kind and side keeps equal; `NotFoundError` if it is not kept."""
        if crdt is Crdt.LORO:
            return self.document
        if crdt is Crdt.EPHEMERAL:
            return PresenceReplica(self.presence)
        raise NotFoundError(f"Rooms of the kind {crdt.name} are not kept here.")

    def enter(self, session: Session, outlet: Outlet) -> None:
        """Adds a session; its frames go to `outlet`."""
        self._members[session] = outlet

    def exit(self, session: Session) -> None:
        """Removes a session; its peer's presence goes with it, unless it is here by another."""
        if self._members.pop(session, None) is None or not session.ephemeral:
            return
        peer = session.remote.peer
        if peer and all(other.remote.peer != peer for other in self._members):
            self.show(self.presence.silence(peer))

    def publish(self, update: bytes, origin: Session | None = None) -> None:
        """Sends a change of the document to every peer but the one that brought it."""
        self._send(DOCUMENTS, update, origin)

    def show(self, said: bytes, origin: Session | None = None) -> None:
        """Sends presence to every peer but the one that brought it."""
        if said:
            self._send({Crdt.EPHEMERAL}, said, origin)

    def imported(self, session: Session, event: Imported) -> None:
        """Relays what a session brought, and has others take in what waited for it."""
        if session.ephemeral:
            for said in event.updates:
                self.show(said, origin=session)
            return
        if update := self.document.updates_since(event.before):
            self.publish(update, origin=session)
        self._news = True
        if not self._settling:
            self._settle()

    def tick(self) -> None:
        """Keeps presence alive; about once a second, and soon after words that had to wait."""
        for said in self.presence.tick():
            self.show(said)

    def peers(self) -> int:
        """How many peers are in the room besides this one."""
        return sum(1 for _ in self._joined())

    def pending(self) -> int:
        """Changes that some peer has not acknowledged: the most that any of them lacks."""
        return max((session.pending for session in self._members), default=0)

    def _settle(self) -> None:
        """Two who answered each other wait for each other in turns."""
        self._settling = True
        try:
            for _ in range(TURNS):
                if not self._news:
                    return
                self._news = False
                for session, outlet in list(self._members.items()):
                    if not session.ephemeral:
                        outlet(session.again())
        finally:
            self._settling = False

    def _send(self, kinds: Set[Crdt], update: bytes, origin: Session | None) -> None:
        for session, outlet in list(self._members.items()):
            if session.crdt in kinds and session is not origin:
                outlet(session.push(update))

    def _joined(self) -> Iterator[Session]:
        for session in self._members:
            if not session.ephemeral and session.state is State.JOINED:
                yield session

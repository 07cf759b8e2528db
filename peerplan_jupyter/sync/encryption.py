"""A document and its presence through a room server that cannot read them.

Who has the room's key can write in the name of anybody: nothing here is signed, and no role is
held. It is for rooms in which all who have the key may do everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import loro

from ..errors import DocumentError, NotFoundError, ProtocolError, TooLargeError
from ..plan.guard import guarded, is_updates, no_version
from .elo import Record, Span, contained, records_of, sealed_record
from .events import Imported, Role
from .frames import Crdt
from .keys import derive
from .limits import Limits
from .ports import DocumentPort
from .presence import KEPT, Presence, speaker
from .refusals import EarlyError
from .room import Room
from .sealing import seal, unseal
from .session import Session

KEY_ID = "v1"
_OVERHEAD = 64
"""Bytes that sealing and the store add to what a peer says."""


class RangedDocument(DocumentPort, Protocol):
    """A document whose changes can be had by Loro peer."""

    def updates_in(self, peer: int, start: int, end: int) -> bytes:
        """The operations of a Loro peer from `start` to before `end`, in updates mode."""


class EncryptedDocument:
    """A document as a %ELO session sees it: containers of records that are sealed with a key.

    Records under other keys, or that were sealed with another, are counted and left alone, since
    a server without the key may pass on anybody's; so are snapshots, which are not taken from
    peers. The document is one that tries first what it takes in, such as a `TriedDocument`: who
    has the key can seal bytes of which Loro ends its process.
    """

    def __init__(self, document: RangedDocument, key: bytes, key_id: str = KEY_ID) -> None:
        self._document, self._key, self._key_id = document, key, key_id
        self.unread = 0
        """Records that could not be read."""

    def version(self) -> bytes:
        """See `DocumentPort`."""
        return self._document.version()

    def updates_since(self, version: bytes) -> bytes:
        """A container of what a peer of that version lacks; see `DocumentPort`."""
        return self._sealed(_spans(version, self._document.version()))

    def outgoing(self, update: bytes) -> bytes:
        """A container of what `update`, which the document has, brought."""
        with guarded("Reading what an update brought"):
            told = loro.LoroDoc.decode_import_blob_meta(update, check_checksum=False)
            start, end = told.partial_start_vv.encode(), told.partial_end_vv.encode()
        return self._sealed(_spans(start, end))

    def import_updates(self, blob: bytes) -> bool:
        """Takes in the records of a container; see `DocumentPort`.

        They come in no order, and what the plan begins with may be in the last.
        """
        waiting = [update for one in records_of(blob) if (update := self._opened(one))]
        changed = False
        while waiting:
            left = [update for update in waiting if not self._imported(update)]
            if len(left) == len(waiting):
                break
            waiting, changed = left, True
        return changed

    def _imported(self, update: bytes) -> bool:
        try:
            return self._document.import_updates(update)
        except EarlyError:
            return False

    def size(self) -> int:
        """See `SizedDocument`; an estimate."""
        return len(self._document.updates_since(b""))

    def _opened(self, record: Record) -> bytes:
        try:
            update = record.open(self._key) if record.key_id == self._key_id else b""
        except ProtocolError:
            update = b""
        if record.span is not None and is_updates(update):
            return update
        self.unread += record.span is not None
        return b""

    def _sealed(self, spans: Iterable[tuple[int, int, int]]) -> bytes:
        records = [
            sealed_record(
                self._key,
                self._key_id,
                Span(str(peer).encode(), start, end),
                self._document.updates_in(peer, start, end),
            )
            for peer, start, end in spans
        ]
        return contained(records) if records else b""


class EncryptedPresence:
    """Presence as a session sees it that passes a server without the key: under each peer's key
    stands what it said, sealed, with the room and the key as additional data. The server learns
    who says something and when. With `everybody`, who joins is told what others said as well.
    """

    def __init__(
        self,
        presence: Presence,
        key: bytes,
        room: str,
        limits: Limits,
        *,
        everybody: bool = False,
    ) -> None:
        self._presence, self._key, self._room, self._limits = presence, key, room, limits
        self._everybody = everybody

    def version(self) -> bytes:
        """Presence has no versions."""
        return b""

    def updates_since(self, version: bytes) -> bytes:  # noqa: ARG002 - there are no versions
        """What this peer says itself, where the server has what others said."""
        peers = self._presence.states() if self._everybody else self._presence.own()
        return self._sealed(self._presence.encode(peer) for peer in peers)

    def outgoing(self, update: bytes) -> bytes:
        """What one peer said, sealed."""
        return self._sealed([update])

    def import_updates(self, blob: bytes) -> bool:
        """Hears what others said; what cannot be opened, or is about another, is left alone."""
        most = self._limits.presence + self._limits.presence_peers * _OVERHEAD
        if len(blob) > most:
            raise TooLargeError(f"Presence of {len(blob)} bytes came; {most} are allowed.")
        heard = [self._presence.apply(said) for said in self.opened(blob)]
        return any(heard)

    def opened(self, blob: bytes) -> Iterator[bytes]:
        """What each peer said, of those that can be opened."""
        came = loro.EphemeralStore(KEPT)
        try:
            with guarded("Hearing presence"):
                came.apply(bytes(blob))
                states = dict(came.get_all_states())
        except DocumentError as error:
            raise ProtocolError(error.message) from None
        for peer, sealed in states.items():
            said = self._unsealed(peer, sealed) if isinstance(sealed, bytes) else b""
            if said and speaker(said) == peer:
                yield said

    def _unsealed(self, peer: str, sealed: bytes) -> bytes:
        try:
            return unseal(self._key, sealed, self._about(peer))
        except ProtocolError:
            return b""

    def _sealed(self, said: Iterable[bytes]) -> bytes:
        told = [(peer, one) for one in said if (peer := speaker(one)) is not None]
        if not told:
            return b""
        with guarded("Saying presence"):
            wire = loro.EphemeralStore(KEPT)
            for peer, one in told:
                wire.set(peer, seal(self._key, one, self._about(peer)))
            return bytes(wire.encode_all())

    def _about(self, peer: str) -> bytes:
        return f"{self._room}|{peer}".encode()


class EncryptedRoom(Room):
    """A room whose document and presence pass a server that cannot read them.

    Its id names it there. `key` is the room's; see `docs/mesh.md`.
    """

    kinds = (Crdt.ELO, Crdt.EPHEMERAL)

    def __init__(
        self,
        name: str,
        document: RangedDocument,
        presence: Presence | None = None,
        *,
        key: bytes,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(name, document, presence)
        self._sealed_document = EncryptedDocument(document, derive(key, name, "document"))
        given = (self.presence, derive(key, name, "presence"), name, limits or Limits())
        self._sealed_presence = {
            role: EncryptedPresence(*given, everybody=role is Role.RECEIVER) for role in Role
        }

    def port(self, crdt: Crdt, role: Role = Role.REQUESTER) -> DocumentPort:
        """See `Room`. Nothing is kept here in the open."""
        if crdt is Crdt.ELO:
            return self._sealed_document
        if crdt is Crdt.EPHEMERAL:
            return self._sealed_presence[role]
        raise NotFoundError(f"Rooms of the kind {crdt.name} are not kept here.")

    def imported(self, session: Session, event: Imported) -> None:
        """Relays what a session brought, but for presence that a server tells the others."""
        if not session.ephemeral:
            super().imported(session, event)
        elif session.role is Role.RECEIVER:
            for blob in event.updates:
                for said in self._sealed_presence[session.role].opened(blob):
                    self.show(said, origin=session)


def _spans(start: bytes, end: bytes) -> Iterator[tuple[int, int, int]]:
    """Per Loro peer, what is in the version `end` and not in `start`."""
    with guarded("Comparing versions"):
        known = (loro.VersionVector.decode(start) if start else no_version()).to_spans().inner()
        reached = (loro.VersionVector.decode(end) if end else no_version()).to_spans().inner()
    for peer, (_, stop) in sorted(reached.items()):
        first = known.get(peer, (0, 0))[1]
        if first < stop:
            yield peer, first, stop

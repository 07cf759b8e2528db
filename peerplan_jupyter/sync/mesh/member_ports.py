"""What a link to one member of a room keeps equal: the plan and who is here, within its role."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, suppress
from typing import Protocol

from ...errors import ForbiddenError, NotFoundError
from ..frames import Crdt
from ..handshake import Member
from ..invitation import MemberRole
from ..ports import DocumentPort, PresenceReplica, SizedDocument
from ..presence import speaker
from ..refusals import OversteppedError
from ..room import Room
from .barring import Barred

_NOBODY = b"\x00"
"""Presence of no peers, as the EphemeralStore encodes it."""
MAX_VERSION = 12_000
"""Bytes of a version vector that fit into one message of a link. A longer one is left out, and
the other peer sends everything."""


class Watch(Protocol):
    """What a room's host knows about rights."""

    @property
    def barred(self) -> Barred:
        """Who was put out."""

    def revoked(self, invitation: str) -> bool:
        """Whether the invitation of that `did:key` was taken back."""

    def judge(self, update: bytes, member: Member) -> None:
        """Raises `OversteppedError` for an update that this member may not make, `LethalError` for
        one that would end this process, and `EarlyError` for one whose dependencies are not here
        yet.
        """

    def foreseen(self, update: bytes, member: Member) -> AbstractAsyncContextManager[None]:
        """While it lasts, `judge` of this update is quick; see `ForeseeingDocument`."""

    def own_since(self, version: bytes) -> bytes:
        """What a peer of that version lacks of the changes that were made by this peer's user."""

    def own_parts_since(self, version: bytes) -> list[bytes]:
        """The same in parts, see `PartedDocument`."""


class MemberPorts:
    """The ports of one member's link. `overstepped` tells whether it broke a rule of its role."""

    def __init__(self, room: Room, member: Member, role: MemberRole, me: str, watch: Watch) -> None:
        self.presence, self.me = room.presence, me
        self._member, self._watch = member, watch
        self.sends_all = role == "owner"
        """Owners send everything; others what they made themselves."""
        self.overstepped = False

    def port(self, room: Room, crdt: Crdt) -> DocumentPort:
        """See `PortOf`."""
        if crdt is Crdt.LORO:
            return _MemberDocument(self, room.document)
        if crdt is Crdt.EPHEMERAL:
            return _MemberPresence(self)
        raise NotFoundError(f"Links carry no rooms of the kind {crdt.name}.")

    def check(self, update: bytes) -> None:
        """Raise unless the member may make this change, and this process would survive it."""
        try:
            self._watch.judge(update, self._member)
        except OversteppedError as error:
            self._bar(error)
            raise

    def foreseen(self, update: bytes) -> AbstractAsyncContextManager[None]:
        """See `Watch`."""
        return self._watch.foreseen(update, self._member)

    def own_since(self, version: bytes) -> bytes:
        """See `Watch`."""
        return self._watch.own_since(version)

    def own_parts_since(self, version: bytes) -> list[bytes]:
        """See `Watch`."""
        return self._watch.own_parts_since(version)

    def check_presence(self, said: bytes) -> None:
        """Raise unless the member speaks for itself, or is an owner who relays.

        What changes nothing here may change something elsewhere, so that it is judged as well.
        """
        if self._member.role == "owner" or said[:1] in {b"", _NOBODY}:
            return
        if speaker(said) == self._member.peer:
            return
        with suppress(ForbiddenError):
            self.presence.changed_by(said)
        error = OversteppedError("A peer said who is here in the name of another.")
        self._bar(error)
        raise error

    def _bar(self, error: OversteppedError) -> None:
        """Before the member is told, who may come again as soon as that is heard."""
        self.overstepped = True
        self._watch.barred.note(self._member, error.message, overstepped=True)


class _MemberDocument:
    def __init__(self, ports: MemberPorts, document: DocumentPort) -> None:
        self._ports, self._document = ports, document
        self._told = document.version()

    def version(self) -> bytes:
        """See `DocumentPort`."""
        version = self._document.version()
        return version if len(version) <= MAX_VERSION else b""

    def updates_since(self, version: bytes) -> bytes:
        """See `DocumentPort`."""
        if self._ports.sends_all:
            return self._document.updates_since(version)
        self._told = self._document.version()
        return self._ports.own_since(version)

    def parts_since(self, version: bytes) -> list[bytes]:
        """See `PartedDocument`."""
        if self._ports.sends_all:
            whole = self._document.updates_since(version)
            return [whole] if whole else []
        self._told = self._document.version()
        return self._ports.own_parts_since(version)

    def import_updates(self, blob: bytes) -> bool:
        """See `DocumentPort`; also `OversteppedError` and `EarlyError`."""
        self._ports.check(blob)
        return self._document.import_updates(blob)

    def foreseen(self, blob: bytes) -> AbstractAsyncContextManager[None]:
        """See `ForeseeingDocument`."""
        return self._ports.foreseen(blob)

    def outgoing(self, update: bytes) -> bytes:
        """See `SelectiveDocument`."""
        if self._ports.sends_all:
            return update
        own = self._ports.own_since(self._told)
        self._told = self._document.version()
        return own

    def size(self) -> int:
        """See `SizedDocument`."""
        return self._document.size() if isinstance(self._document, SizedDocument) else 0


class _MemberPresence(PresenceReplica):
    def __init__(self, ports: MemberPorts) -> None:
        super().__init__(ports.presence)
        self._ports = ports

    def updates_since(self, version: bytes) -> bytes:
        """See `PresenceReplica`."""
        if self._ports.sends_all:
            return super().updates_since(version)
        return self._ports.presence.encode(self._ports.me)

    def import_updates(self, blob: bytes) -> bool:
        """See `PresenceReplica`; also `OversteppedError`."""
        self._ports.check_presence(blob)
        return super().import_updates(blob)

    def outgoing(self, update: bytes) -> bytes:
        """See `SelectiveDocument`."""
        return update if self._ports.sends_all or speaker(update) == self._ports.me else b""

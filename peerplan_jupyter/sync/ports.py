"""What a session needs of the things it keeps equal."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

NO_VERSION = b"\x00"
"""The version vector of an empty document. An empty byte string is never sent in its place:
the npm packages answer that with a snapshot."""


class DocumentPort(Protocol):
    """A document, on the thread that owns it."""

    def version(self) -> bytes:
        """The encoded Loro version vector."""

    def updates_since(self, version: bytes) -> bytes:
        """What a peer of that version lacks, in updates mode; `b""` when nothing.

        An empty version means everything. `DocumentError` for bytes that are not a version.
        """

    def import_updates(self, blob: bytes) -> bool:
        """Takes changes in; they are durable on return. True if they changed anything.

        Raises `DocumentError`, `ProtocolError`, `TooLargeError`, `ForbiddenError`, or
        `StorageError` when they could not be made durable.
        """


@runtime_checkable
class SizedDocument(Protocol):
    """A port that can say how large its document is; it is then held to `Limits.document`."""

    def size(self) -> int:
        """Bytes of the document with its history; an estimate is enough."""


@runtime_checkable
class SelectiveDocument(Protocol):
    """A port that does not send everything that changes its document."""

    def outgoing(self, update: bytes) -> bytes:
        """What of a change the other peer is to hear; `b""` when nothing."""


@runtime_checkable
class PartedDocument(Protocol):
    """A port that sends what depends on changes which it does not send."""

    def parts_since(self, version: bytes) -> list[bytes]:
        """As `DocumentPort.updates_since`, in parts that are each taken in by themselves, in that
        order, as soon as what they depend on is there.
        """


@runtime_checkable
class ForeseeingDocument(Protocol):
    """A port that does beforehand what takes long about a change, so that its thread stays free."""

    def foreseen(self, blob: bytes) -> AbstractAsyncContextManager[None]:
        """While it lasts, `import_updates` of these bytes is quick, and no other change is tried;
        of `b""`, what every trial needs is done. Raises nothing of what the import raises.
        """


class PresencePort(Protocol):
    """Who is here, on the thread that owns the document."""

    def encode_all(self) -> bytes:
        """The state of everybody, for a peer that joins."""

    def apply(self, blob: bytes) -> bool:
        """Takes others' states in; True if they changed anything."""


class PresenceReplica:
    """Presence as a document without history, so that one session serves both."""

    def __init__(self, presence: PresencePort) -> None:
        self._presence = presence

    def version(self) -> bytes:
        """Presence has no versions."""
        return b""

    def updates_since(self, version: bytes) -> bytes:  # noqa: ARG002 - there are no versions
        """Everybody's state."""
        return self._presence.encode_all()

    def import_updates(self, blob: bytes) -> bool:
        """Takes others' states in."""
        return self._presence.apply(blob)

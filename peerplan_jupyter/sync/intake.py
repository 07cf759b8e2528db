"""What one peer sends, on its way into a document or presence."""

from __future__ import annotations

from ..errors import ProtocolError, TooLargeError
from ..plan.guard import is_updates
from .deflated import DEFLATE, inflated, inflated_size, is_deflated
from .frames import DOCUMENTS, Crdt
from .introduction import Terms
from .ports import DocumentPort, SizedDocument


class Intake:
    """Opens updates for a port, and counts them."""

    def __init__(self, port: DocumentPort, terms: Terms, crdt: Crdt) -> None:
        self._port, self._limits, self._crdt = port, terms.limits, crdt
        self.inflates = crdt is Crdt.LORO and DEFLATE in terms.introduction.features
        """Whether this peer said that it takes deflated updates."""
        self._received = 0

    def opened(self, update: bytes) -> bytes:
        """An update as the port takes it, whose size was looked at before anything else.

        Raises `TooLargeError`, and `ProtocolError` for what is no update.
        """
        if self.inflates and is_deflated(update):
            self._check_size(inflated_size(update))
            update = inflated(update)
        else:
            self._check_size(len(update))
        if self._crdt is Crdt.LORO and not is_updates(update):
            raise ProtocolError("The bytes are not a Loro update; snapshots are not taken.")
        return update

    def _check_size(self, size: int) -> None:
        limits = self._limits
        if self._crdt not in DOCUMENTS:
            if size > limits.presence:
                raise TooLargeError(f"Presence of {size} bytes; {limits.presence} are allowed.")
            return
        if size > limits.update:
            raise TooLargeError(f"An update of {size} bytes; {limits.update} are allowed.")
        self._received += size
        held = self._port.size() + size if isinstance(self._port, SizedDocument) else self._received
        if held > limits.document:
            raise TooLargeError(
                f"The document would have {held} bytes; {limits.document} are allowed."
            )

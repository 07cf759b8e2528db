"""Updates that are larger than a frame."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import ProtocolError, TooLargeError
from .frames import Crdt, Fragment, FragmentHeader
from .limits import Limits

_REMEMBERED = 64


def split(
    crdt: Crdt, room: str, batch: bytes, update: bytes, size: int
) -> Iterator[FragmentHeader | Fragment]:
    """A header and the fragments of `update`, each of at most `size` bytes."""
    count = -(-len(update) // size)
    yield FragmentHeader(crdt, room, batch, count, len(update))
    for index in range(count):
        yield Fragment(crdt, room, batch, index, update[index * size : (index + 1) * size])


@dataclass(slots=True)
class _Partial:
    header: FragmentHeader
    expires: float
    parts: dict[int, bytes] = field(default_factory=dict)
    received: int = 0


class Reassembly:
    """The batches of one peer whose fragments are still arriving."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: dict[bytes, _Partial] = {}
        self._dropped: OrderedDict[bytes, None] = OrderedDict()

    def begin(self, header: FragmentHeader, now: float) -> None:
        """Starts a batch, anew if it was open; `TooLargeError` beyond a limit."""
        self._open.pop(header.batch, None)
        try:
            self._check(header)
        except (ProtocolError, TooLargeError):
            self.drop(header.batch)
            raise
        self._dropped.pop(header.batch, None)
        self._open[header.batch] = _Partial(header, now + self._limits.fragment_timeout)

    def add(self, fragment: Fragment, now: float) -> bytes | None:
        """The update once its last fragment is here; a fragment that comes twice counts once."""
        partial = self._open.get(fragment.batch)
        if partial is None:
            raise ProtocolError("A fragment came without a header.")
        partial.expires = now + self._limits.fragment_timeout
        try:
            _put(partial, fragment)
        except ProtocolError:
            self.drop(fragment.batch)
            raise
        if len(partial.parts) < partial.header.count:
            return None
        del self._open[fragment.batch]
        return _joined(partial)

    def drop(self, batch: bytes) -> None:
        """Forgets a batch; fragments of it that are still on their way can be told by `dropped`."""
        self._open.pop(batch, None)
        self._dropped[batch] = None
        while len(self._dropped) > _REMEMBERED:
            self._dropped.popitem(last=False)

    def dropped(self, batch: bytes) -> bool:
        """Whether the batch was refused or timed out a short while ago."""
        return batch in self._dropped

    def expire(self, now: float) -> list[bytes]:
        """Drops and returns the batches whose time is over."""
        late = [batch for batch, partial in self._open.items() if partial.expires <= now]
        for batch in late:
            self.drop(batch)
        return late

    def _check(self, header: FragmentHeader) -> None:
        limits = self._limits
        announced = sum(partial.header.size for partial in self._open.values())
        if header.size > limits.update:
            raise TooLargeError(f"An update of {header.size} bytes; {limits.update} are allowed.")
        if announced + header.size > limits.reassembly:
            raise TooLargeError(f"More than {limits.reassembly} bytes of fragments are on the way.")
        if header.count > limits.fragments:
            raise TooLargeError(f"{header.count} fragments; {limits.fragments} are allowed.")
        if not 0 < header.count <= header.size:
            raise ProtocolError(f"{header.size} bytes cannot come in {header.count} fragments.")


def _put(partial: _Partial, fragment: Fragment) -> None:
    if fragment.index >= partial.header.count:
        raise ProtocolError(f"Fragment {fragment.index} of {partial.header.count}.")
    known = partial.parts.get(fragment.index)
    if known is not None:
        if known != fragment.data:
            raise ProtocolError(f"Fragment {fragment.index} came twice with different bytes.")
        return
    partial.received += len(fragment.data)
    if partial.received > partial.header.size:
        raise ProtocolError(f"The fragments exceed the {partial.header.size} bytes announced.")
    partial.parts[fragment.index] = fragment.data


def _joined(partial: _Partial) -> bytes:
    if partial.received != partial.header.size:
        raise ProtocolError(
            f"{partial.received} bytes came where {partial.header.size} were announced."
        )
    return b"".join(partial.parts[index] for index in range(partial.header.count))

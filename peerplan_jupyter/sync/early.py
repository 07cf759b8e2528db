"""Updates of one peer that came before what they depend on."""

from __future__ import annotations

from dataclasses import dataclass

from .limits import Clock

MOST = 4_000_000
"""Bytes that are kept. What does not fit is left to its sender, who sends it again."""
MANY = 8
"""Batches that are kept: as many as a peer sends at once."""
_AT_ONCE = 4
"""How often in a row a batch is tried in vain before there are pauses between."""
_PAUSE, _LONGEST_PAUSE = 0.25, 10.0


@dataclass(frozen=True, slots=True)
class _Kept:
    updates: tuple[bytes, ...]
    version: bytes
    vain: int
    """How often in a row nothing of it could be taken in."""
    at: float


class Early:
    """Kept in the order in which they came, until the document is another, when the first may be
    taken in, and then the next. What was tried in vain again and again is tried seldom, since each
    trial costs time, and anybody may send what never fits.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[bytes, _Kept] = {}

    def __bool__(self) -> bool:
        return bool(self._kept)

    def __contains__(self, batch: bytes) -> bool:
        return batch in self._kept

    def keep(self, batch: bytes, updates: tuple[bytes, ...], version: bytes) -> None:
        """Keep what is left of a batch that came too early for this version of the document."""
        last = self._kept.get(batch)
        vain = last.vain + 1 if last and len(last.updates) == len(updates) else 0
        more = min(vain - _AT_ONCE, 10)
        pause = min(_PAUSE * 2**more, _LONGEST_PAUSE) if more >= 0 else 0.0
        others = [one for known, one in self._kept.items() if known != batch]
        size = sum(len(one) for kept in (updates, *(one.updates for one in others)) for one in kept)
        if len(others) < MANY and size <= MOST:
            self._kept[batch] = _Kept(updates, version, vain, self._clock() + pause)

    def due(self, version: bytes) -> tuple[bytes, tuple[bytes, ...]] | None:
        """The first batch, if it may be taken in by now; `drop` is said of it once it was."""
        batch, kept = next(iter(self._kept.items()), (b"", None))
        if kept is None or kept.version == version or kept.at > self._clock():
            return None
        return batch, kept.updates

    def drop(self, batch: bytes) -> None:
        """Forget a batch that is not too early any more."""
        self._kept.pop(batch, None)

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()

"""Updates of one peer that came before what they depend on."""

from __future__ import annotations

MOST = 4_000_000
"""Bytes that are kept. What does not fit is left to its sender, who sends it again."""


class Early:
    """Kept until the document is another, when they may be taken in."""

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[bytes, ...]] = {}
        self._seen: bytes | None = None

    def __bool__(self) -> bool:
        return bool(self._kept)

    def __contains__(self, batch: bytes) -> bool:
        return batch in self._kept

    def keep(self, batch: bytes, updates: tuple[bytes, ...]) -> None:
        """Keep what is left of a batch."""
        self._kept.pop(batch, None)
        held = (one for kept in (*self._kept.values(), updates) for one in kept)
        if sum(map(len, held)) <= MOST:
            self._kept[batch] = updates

    def due(self, version: bytes) -> list[tuple[bytes, tuple[bytes, ...]]]:
        """The batches in the order in which they came, kept no more; none while the document has
        the version that it had the last time.
        """
        if version == self._seen:
            return []
        self._seen = version
        due, self._kept = list(self._kept.items()), {}
        return due

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self._seen = None

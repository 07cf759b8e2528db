"""Who is in a room, and what they do: one key per peer in a Loro EphemeralStore."""

from __future__ import annotations

import json
import time
from typing import Any

import loro

from ..errors import (
    DocumentError,
    ForbiddenError,
    InvalidInputError,
    ProtocolError,
    TooLargeError,
)
from ..plan.guard import guarded
from .limits import Clock, Limits

THROTTLE = 0.005
"""Seconds between two writes of a key. The store decides by wall-clock milliseconds, and of two
writes in one millisecond other peers keep the first."""


class Presence:
    """What the peers of a room say about themselves, each under its own key, for a while.

    Values are JSON. What a peer said is forgotten `lifetime` seconds after it was last said, so a
    host calls `tick` about once a second. Single-threaded, like the document.
    """

    def __init__(
        self,
        *,
        lifetime: float = 30.0,
        limits: Limits | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._limits, self._clock = limits or Limits(), clock
        self._lifetime = lifetime
        self._store = loro.EphemeralStore(int(lifetime * 1000))
        self._own: dict[str, Any] = {}
        self._written: dict[str, float] = {}
        self._waiting: set[str] = set()

    def say(self, peer: str, value: Any) -> bytes:
        """Says `value` for `peer` and keeps saying it; what others need to hear.

        Empty when nothing changed, and when the last word was a moment ago: then `tick` gives it.
        `TooLargeError` beyond `Limits.presence_value`.
        """
        self._check(value)
        if peer in self._own and self._own[peer] == value:
            return b""
        self._own[peer] = value
        return self._write(peer)

    def silence(self, peer: str) -> bytes:
        """Forgets `peer` now, as when it left; what others need to hear."""
        self._own.pop(peer, None)
        with guarded("Reading presence"):
            known = self._store.get(peer) is not None
        return self._write(peer) if known else b""

    def tick(self) -> list[bytes]:
        """Says again what would be forgotten and says what had to wait; what others need to hear.

        Also forgets what was not said for too long.
        """
        with guarded("Forgetting old presence"):
            self._store.remove_outdated()
        now = self._clock()
        kept = self._own.keys() | self._waiting
        self._written = {
            peer: at for peer, at in self._written.items() if peer in kept or now - at < THROTTLE
        }
        stale = now - self._lifetime / 3
        again = {peer for peer in self._own if self._written[peer] <= stale}
        return [said for peer in sorted(self._waiting | again) if (said := self._write(peer))]

    @property
    def waiting(self) -> bool:
        """Whether a word had to wait; it may be said after `THROTTLE` seconds."""
        return bool(self._waiting)

    def states(self) -> dict[str, Any]:
        """What is known of each peer, this one included."""
        with guarded("Reading presence"):
            return dict(self._store.get_all_states())

    def encode_all(self) -> bytes:
        """Everything said and not forgotten, for a peer that joins."""
        with guarded("Encoding presence"):
            return bytes(self._store.encode_all())

    def encode(self, peer: str) -> bytes:
        """What one peer said, or that it said nothing."""
        with guarded("Encoding presence"):
            return bytes(self._store.encode(peer))

    def own(self) -> list[str]:
        """The peers for which something is said here."""
        return sorted(self._own)

    def again(self) -> list[bytes]:
        """Says everything of this peer anew, for one that may have heard that it left."""
        return [said for peer in sorted(self._own) if (said := self._write(peer))]

    def changed_by(self, blob: bytes) -> set[str]:
        """Whose state `blob` would change; nothing is heard yet. Raises as `apply` does."""
        before, after = self.states(), self._tried(blob)
        return {peer for peer in before | after if before.get(peer) != after.get(peer)}

    def apply(self, blob: bytes) -> bool:
        """Hears others; True if that changed anything.

        `TooLargeError`, `ProtocolError` or, in a full room, `ForbiddenError`; nothing of the blob
        is kept then. What others say under a key of this peer is contradicted at the next `tick`;
        a time stamp in the future wins all the same, so keys must be hard to guess.
        """
        if len(blob) > self._limits.presence:
            raise TooLargeError(
                f"Presence of {len(blob)} bytes came; {self._limits.presence} are allowed."
            )
        before, after = self.states(), self._tried(blob)
        with guarded("Hearing presence"):
            self._store.apply(bytes(blob))
        self._waiting |= {peer for peer, said in self._own.items() if after.get(peer) != said}
        return after != before

    def _write(self, peer: str) -> bytes:
        now = self._clock()
        last = self._written.get(peer)
        if last is not None and now - last < THROTTLE:
            self._waiting.add(peer)
            return b""
        self._waiting.discard(peer)
        self._written[peer] = now
        with guarded("Saying presence"):
            if peer in self._own:
                self._store.set(peer, self._own[peer])
            else:
                self._store.delete(peer)
            return bytes(self._store.encode(peer))

    def _check(self, value: Any) -> None:
        try:
            size = len(json.dumps(value, separators=(",", ":")).encode())
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidInputError(f"Presence has to be JSON: {error}.") from None
        if size > self._limits.presence_value:
            raise TooLargeError(
                f"Presence of {size} bytes; {self._limits.presence_value} are allowed."
            )

    def _tried(self, blob: bytes) -> dict[str, Any]:
        """The states after `blob`, found in another store: what a store took cannot be untaken."""
        trial = loro.EphemeralStore(int(self._lifetime * 1000))
        try:
            with guarded("Reading what a peer said"):
                trial.apply(self.encode_all())
                trial.apply(bytes(blob))
                states, size = dict(trial.get_all_states()), len(trial.encode_all())
            for value in states.values():
                self._check(value)
        except (DocumentError, InvalidInputError) as error:
            raise ProtocolError(error.message) from None
        if len(states) > self._limits.presence_peers or size > self._limits.presence:
            raise ForbiddenError("So many peers are in the room that no more can show themselves.")
        return states


def speaker(said: bytes) -> str | None:
    """The one peer that `said` is about; None when it is about several, or is not understood.

    The form is the EphemeralStore's: a count, then each key behind its length, as in postcard.
    """
    if len(said) < 2 or said[0] != 1 or said[1] >= 0x80:
        return None
    return said[2 : 2 + said[1]].decode(errors="replace")

"""Who is in a room, and what they do: one key per peer in a Loro EphemeralStore."""

from __future__ import annotations

import json
import time
from math import inf
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
from .farewell import farewell
from .limits import Clock, Limits

THROTTLE = 0.005
"""Seconds between two writes of a key. The store decides by wall-clock milliseconds, and of two
writes in one millisecond other peers keep the first."""

KEPT = 100 * 365 * 24 * 3600 * 1000
"""Milliseconds that a store keeps an entry, counted from its author's clock to this one's: clocks
may be apart by less."""


class Presence:
    """What the peers of a room say about themselves, each under its own key, for a while.

    Values are JSON. A peer is forgotten `lifetime` seconds after it last said something new, by the
    clock of this one, so a host calls `tick` about once a second. Single-threaded, like the
    document.
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
        self._store = loro.EphemeralStore(KEPT)
        self._heard: dict[str, float] = {}
        """When those for which nothing is said here last said something new, or fell silent."""
        self._passed: dict[str, float] = {}
        """When a word of each of those was last to be passed on."""
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
        """Forgets `peer` now, as when it left; what others need to hear.

        The next word of another peer brings it back.
        """
        own = peer in self._own or peer in self._waiting
        self._own.pop(peer, None)
        if peer not in self.states():
            return b""
        return self._write(peer) if own else self._end(peer)

    def tick(self) -> list[bytes]:
        """Says again what would be forgotten and says what had to wait; what others need to hear.

        Also forgets what was not said for too long.
        """
        now = self._clock()
        self._forget(now - self._lifetime)
        kept = self._own.keys() | self._waiting
        self._written = {
            peer: at for peer, at in self._written.items() if peer in kept or now - at < THROTTLE
        }
        self._passed = {peer: at for peer, at in self._passed.items() if peer in self._heard}
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
        """Hears others; True if more have to hear it: it changed something, or says again, after a
        while, what they would forget.

        `TooLargeError`, `ProtocolError` or, in a full room, `ForbiddenError`; nothing of the blob
        is kept then. What others say under a key of this peer is contradicted at the next `tick`;
        a time stamp in the future wins all the same, so keys must be hard to guess.
        """
        if len(blob) > self._limits.presence:
            raise TooLargeError(
                f"Presence of {len(blob)} bytes came; {self._limits.presence} are allowed."
            )
        before, after = self.states(), self._tried(blob)
        news = self._hear(bytes(blob))
        self._waiting |= {peer for peer, said in self._own.items() if after.get(peer) != said}
        if after == before and not any(self._is_due(peer) for peer in news):
            return False
        self._passed |= dict.fromkeys(news, self._clock())
        return True

    def _hear(self, blob: bytes) -> set[str]:
        """Those who said something new, which are here; that a stranger left is not kept."""
        news = set()
        with guarded("Hearing presence"):
            said = loro.EphemeralStore(KEPT)
            said.apply(blob)
            for peer in {*said.keys(), *self._heard, *self._own}:
                before = self._store.encode(peer)
                self._store.apply(said.encode(peer))
                if peer not in self._own and self._store.encode(peer) != before:
                    self._heard[peer] = self._clock()
                    news.add(peer)
        return news

    def _is_due(self, peer: str) -> bool:
        """Whether the same again is to be passed on."""
        return self._clock() - self._passed.get(peer, -inf) >= self._lifetime / 6

    def _forget(self, old: float) -> None:
        """Ends those who were silent since then, and drops those who ended before then.

        An older word of theirs that another peer passes on does not bring them back meanwhile.
        """
        silent = [peer for peer, at in self._heard.items() if at <= old]
        here = self.states() if silent else {}
        for peer in silent:
            if peer in here:
                self._end(peer)
            else:
                del self._heard[peer]
        if not here.keys() >= set(silent):
            self._rebuild()

    def _end(self, peer: str) -> bytes:
        with guarded("Forgetting presence"):
            last = bytes(self._store.encode(peer))
            said = farewell(peer, self._store.get(peer), last)
            if said:
                self._store.apply(said)
        if said:
            self._heard[peer] = self._clock()
        else:
            self._heard.pop(peer, None)
            self._rebuild()
        return said

    def _rebuild(self) -> None:
        """Drops what the store keeps of those who were forgotten: it has no way to."""
        with guarded("Forgetting old presence"):
            made = loro.EphemeralStore(KEPT)
            for peer in {*self._heard, *self._own}:
                made.apply(self._store.encode(peer))
        self._store = made

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
                self._heard.pop(peer, None)
                self._store.set(peer, self._own[peer])
            else:
                self._heard[peer] = now
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
        trial = loro.EphemeralStore(KEPT)
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

"""How two ends of a connection get to know each other."""

from __future__ import annotations

import logging
import re
from collections.abc import Coroutine, Mapping
from typing import Any, Protocol

from ....errors import ProtocolError
from . import sdp
from .backend import Backend, Candidate
from .facts import ISOLATED, Facts

_log = logging.getLogger(__name__)
MAX_CANDIDATES = 100
"""More are left alone: any member of a room can send them in another's name."""
_MAX_CANDIDATE = 1024
_CANDIDATE = re.compile(r"candidate:\S+ \d+ \S+ \d+ \S+ \d+ typ \S+( \S+ \S+)*")
"""RFC 8839. An empty one says that those of a generation end, which null says better."""


def check_signal(message: Mapping[str, Any]) -> None:
    """Raise `ProtocolError` unless the message is an offer, an answer or a candidate."""
    match message:
        case {"type": "offer" | "answer", "sdp": str(text)}:
            sdp.check(text)
        case {"type": "candidate", "candidate": None}:
            pass
        case {"type": "candidate", "candidate": {"candidate": str(text)} as init}:
            _check_candidate(text, init)
        case _:
            raise ProtocolError(f"A signal of type {str(message.get('type'))[:20]!r} is malformed.")


def _check_candidate(text: str, init: Mapping[str, Any]) -> None:
    mid, index = init.get("sdpMid"), init.get("sdpMLineIndex")
    fits = isinstance(mid, str | None) and index in (None, 0)
    written = len(text) <= _MAX_CANDIDATE and (not text or _CANDIDATE.fullmatch(text.strip()))
    if not fits or not written or (mid is None and index is None):
        raise ProtocolError("A malformed candidate came.")


class Side(Protocol):
    """Whose negotiation it is."""

    def send_signal(self, message: dict[str, Any]) -> None:
        """Sends to the other peer."""

    def warned(self, text: str) -> None:
        """Tells of something wrong that ends nothing."""

    def end(self, reason: str) -> None:
        """Gives up."""

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs work in the background, and gives up if it fails."""


class Negotiation:
    """Descriptions first, candidates as they come (trickle ICE), the end of them as null.

    There is one description of each side. What would restart ICE changes nothing: aiortc cannot,
    and any member of a room can say it in another's name.
    """

    def __init__(self, backend: Backend, facts: Facts, side: Side) -> None:
        self._backend, self._facts, self._side = backend, facts, side
        self._offers = False
        self._local = self._remote = ""
        self._came: list[Candidate | None] = []
        self._found: list[Candidate | None] = []
        self._accepted = False
        self._count = 0

    @property
    def binding(self) -> bytes:
        """What both ends can sign, once both described themselves."""
        return sdp.binding(self._local, self._remote)

    async def offer(self) -> None:
        """Begins as the side that offers."""
        self._offers = True
        self._send("offer", await self._backend.offer())

    def signal(self, message: Mapping[str, Any]) -> None:
        """Takes a checked message of the other peer."""
        if message["type"] == "candidate":
            self._candidate(message["candidate"])
        elif self._remote:
            _log.info("A second description of the other peer is left alone")
        elif (message["type"] == "answer") is not self._offers:
            self._side.end(f"An unexpected {message['type']} came.")
        else:
            self._facts.described = True
            text, candidates = sdp.split_candidates(sdp.only_sha256(message["sdp"]))
            self._remote, self._came = text, candidates + self._came
            self._side.do(self._describe(message["type"], text))

    def candidate(self, candidate: Candidate | None) -> None:
        """Takes a local candidate."""
        if candidate is not None and not candidate["candidate"]:
            return
        self._facts.local(candidate)
        self._found.append(candidate)
        if self._local:
            self._trickle()

    async def _describe(self, kind: str, text: str) -> None:
        if kind == "offer":
            self._send("answer", await self._backend.answer(text))
        else:
            await self._backend.accept(text)
        self._accepted = True
        self._add_all()

    def _send(self, kind: str, description: str) -> None:
        self._local = sdp.only_sha256(description)
        for candidate in filter(None, sdp.split_candidates(self._local)[1]):
            self._facts.local(candidate)
        self._side.send_signal({"type": kind, "sdp": self._local})
        self._trickle()

    def _trickle(self) -> None:
        found, self._found = self._found, []
        for candidate in found:
            self._side.send_signal({"type": "candidate", "candidate": candidate})
        if None in found and (warning := self._facts.warning()):
            self._side.warned(warning)
        if self._facts.isolated:
            self._side.end(ISOLATED)

    def _candidate(self, candidate: Candidate | None) -> None:
        self._count += 1
        if self._count > MAX_CANDIDATES:
            return
        if candidate is None or candidate["candidate"]:
            self._came.append(candidate)
        if self._accepted:
            self._add_all()

    def _add_all(self) -> None:
        """In the background, one by one: looking up a name (mDNS) may take a second."""
        came, self._came = self._came, []
        for candidate in came:
            self._facts.remote(candidate)
            self._side.do(self._add(candidate))

    async def _add(self, candidate: Candidate | None) -> None:
        """One that cannot be used is left out; the others may do."""
        try:
            await self._backend.add_candidate(candidate)
        except ValueError as error:
            _log.info("A candidate of the other peer is not understood: %s", error)

"""Artifacts by their sha256 over the bulk channel of one link; see `docs/mesh.md`, "Artifacts"."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from ...errors import IntegrityError, NotFoundError, ProtocolError, UnreachableError
from ..transports.channel import FRAME_BYTES, Channel

MOST = 4
"""Artifacts that are given over one link at a time."""
PIECE = FRAME_BYTES - 4
SILENCE = 15.0
"""Seconds without news after which an artifact is asked of somebody else."""
MAX_TEXT = 1024
MAX_WAITING = 2048
"""Pieces that came and were not taken yet: an artifact of the default limit, and some."""
_hash = re.compile(r"sha256:[0-9a-f]{64}\Z")
Find: TypeAlias = Callable[[str], Path | None]
"""The file with the bytes of a hash, if the plan names it and it is here."""


class Bulk:
    """Gives what the other peer asks for, and asks it. `run` lasts as long as the channel.

    A peer that breaks the rules of the channel is told nothing; `ProtocolError` ends `run`.
    """

    def __init__(self, channel: Channel, find: Find, *, offers: bool) -> None:
        self._channel, self._find = channel, find
        self._ids = itertools.count(1 if offers else 2, 2)
        self._given: dict[int, asyncio.Task[None]] = {}
        self._asked: dict[int, asyncio.Queue[bytes | dict[str, Any]]] = {}

    async def run(self) -> None:
        """Carries messages until the channel ends."""
        try:
            while (message := await self._channel.receive()) is not None:
                if isinstance(message, str):
                    self._take(_parsed(message))
                else:
                    self._piece(message)
        finally:
            for task in self._given.values():
                task.cancel()
            for asked in self._asked.values():
                asked.put_nowait({"type": "stop"})

    async def fetch(self, hash: str, offset: int = 0) -> AsyncIterator[bytes]:  # noqa: A002
        """The bytes from `offset` on, in pieces, not verified.

        Raises `NotFoundError` if the other peer does not give them, `UnreachableError` when it
        ends or is silent before the last piece.
        """
        number = next(self._ids)
        answers: asyncio.Queue[bytes | dict[str, Any]] = asyncio.Queue()
        self._asked[number] = answers
        try:
            await self._say({"type": "want", "id": number, "hash": hash, "offset": offset})
            left = _size(await self._next(answers), hash) - offset
            while left > 0:
                piece = await self._next(answers)
                if not isinstance(piece, bytes):
                    raise UnreachableError("The other peer stopped giving an artifact.")
                left -= len(piece)
                if left < 0:
                    raise IntegrityError("The other peer gave more bytes than it said it has.")
                yield piece
        finally:
            del self._asked[number]
            with contextlib.suppress(ConnectionError):
                await self._say({"type": "stop", "id": number})

    async def _next(self, answers: asyncio.Queue[bytes | dict[str, Any]]) -> bytes | dict[str, Any]:
        try:
            return await asyncio.wait_for(answers.get(), SILENCE)
        except TimeoutError:
            raise UnreachableError("The other peer does not go on giving an artifact.") from None

    def _take(self, message: dict[str, Any]) -> None:
        kind, number = message["type"], message["id"]
        if kind == "want":
            self._give(number, message)
        elif kind == "stop" and number in self._given:
            self._given[number].cancel()
        elif kind in {"have", "lack", "stop"} and number in self._asked:
            self._asked[number].put_nowait(message)

    def _piece(self, message: bytes) -> None:
        """A piece of what was asked for; one that nobody waits for any more is dropped."""
        if len(message) <= 4:
            raise ProtocolError("A piece of an artifact is empty.")
        asked = self._asked.get(int.from_bytes(message[:4]))
        if asked is None:
            return
        if asked.qsize() > MAX_WAITING:
            raise ProtocolError("Pieces of an artifact come faster than they are taken.")
        asked.put_nowait(message[4:])

    def _give(self, number: int, message: dict[str, Any]) -> None:
        if number in self._given or len(self._given) >= MOST:
            raise ProtocolError(f"More than {MOST} artifacts were asked for at once.")
        task = asyncio.ensure_future(self._given_out(number, message))
        self._given[number] = task
        task.add_done_callback(lambda _: self._given.pop(number, None))

    async def _given_out(self, number: int, message: dict[str, Any]) -> None:
        hash, offset = message.get("hash"), message.get("offset")  # noqa: A001
        known = isinstance(hash, str) and _hash.match(hash) and isinstance(offset, int)
        path = self._find(str(hash)) if known else None
        with contextlib.suppress(ConnectionError):
            if path is None:
                await self._say({"type": "lack", "id": number})
                return
            with path.open("rb") as file:
                size = path.stat().st_size
                await self._say({"type": "have", "id": number, "size": size})
                await self._send_from(file, max(0, int(offset or 0)), number.to_bytes(4))

    async def _send_from(self, file: BinaryIO, offset: int, head: bytes) -> None:
        file.seek(offset)
        while piece := file.read(PIECE):
            await self._channel.send(head + piece)

    async def _say(self, message: dict[str, Any]) -> None:
        await self._channel.send(json.dumps(message, separators=(",", ":")))


def _parsed(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text) if len(text) <= MAX_TEXT else None
    except (ValueError, RecursionError):
        said = None
    number = said.get("id") if isinstance(said, dict) else None
    if not isinstance(said, dict) or "type" not in said or not isinstance(number, int):
        raise ProtocolError("A message about artifacts is not one.")
    if not 0 < number < 2**32:
        raise ProtocolError("A message about artifacts has no valid id.")
    return said


def _size(answer: bytes | dict[str, Any], hash: str) -> int:  # noqa: A002
    if isinstance(answer, dict) and answer["type"] == "have":
        size = answer.get("size")
        if isinstance(size, int) and size >= 0:
            return size
    if isinstance(answer, dict) and answer["type"] == "stop":
        raise UnreachableError("The other peer ended before it gave an artifact.")
    raise NotFoundError(f"The other peer does not have the bytes {hash[7:19]}….")

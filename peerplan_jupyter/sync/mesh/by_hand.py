"""Introductions that people carry by hand, as two texts; see docs/mesh.md."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ...errors import InvalidInputError, ProtocolError
from ...plan.ids import is_ulid, new_id
from ..sealing import seal, unseal
from ..transports.webrtc.backend import Settings
from ..transports.webrtc.essence import described_by, essence_of
from ..transports.webrtc.link import DirectLink, answer, offer

GATHERING = 3.0
"""Seconds in which addresses are found."""
CONNECTING = 20.0
"""Seconds that a link may take to open once the text has come back."""
CARRYING = 3600.0
"""Seconds that people have to carry the second text."""
MAX_TEXT = 2000
_ID = 26
_HINT = "Copy the whole text, and open the plan by the same invitation."


@dataclass(frozen=True)
class HandKeys:
    """The secrets of the room by which texts are sealed."""

    room: str
    signal_key: bytes = field(repr=False)

    @property
    def aad(self) -> bytes:
        """The additional data of every text."""
        return f"{self.room}|by hand".encode()


@dataclass(frozen=True)
class Said:
    """What one text says."""

    type: Literal["offer", "answer"]
    sender: str
    attempt: str
    sdp: str


def hand_text(sender: str, attempt: str, sdp: str, keys: HandKeys) -> str:
    """A text that people carry. `ProtocolError` for a description without what it takes."""
    plain = sender.encode() + attempt.encode() + essence_of(sdp)
    sealed = seal(keys.signal_key, plain, keys.aad)
    return base64.b32encode(sealed).decode().rstrip("=")


def read_hand_text(text: str, keys: HandKeys) -> Said:
    """What a text says; `InvalidInputError` for one that is none of this room."""
    try:
        return _opened("".join(text.split()).upper(), keys)
    except (ProtocolError, ValueError) as error:
        raise InvalidInputError(
            "This text is not an introduction into this plan, or not all of it.", hint=_HINT
        ) from error


def _opened(letters: str, keys: HandKeys) -> Said:
    if len(letters) > MAX_TEXT:
        raise ProtocolError("The text is too long.")
    sealed = base64.b32decode(letters + "=" * (-len(letters) % 8))
    plain = unseal(keys.signal_key, sealed, keys.aad)
    sender, attempt = plain[:_ID].decode("ascii"), plain[_ID : 2 * _ID].decode("ascii")
    if not (is_ulid(sender) and is_ulid(attempt)):
        raise ProtocolError("These are no ids.")
    sdp = described_by(plain[2 * _ID :])
    return Said("offer" if "a=setup:actpass" in sdp else "answer", sender, attempt, sdp)


class HandOffer:
    """The first text, for another person, and the link that opens when theirs came back."""

    def __init__(self, link: DirectLink, me: str, sdp: str, keys: HandKeys) -> None:
        self._link, self._keys, self._attempt = link, keys, new_id()
        self.text = hand_text(me, self._attempt, sdp, keys)
        self._answered = False

    async def answered(self, text: str) -> tuple[str, DirectLink]:
        """The id of who is at the other end, and the link to it.

        Raises `InvalidInputError` for a text that is none or answers another offer, and
        `UnreachableError`, after which this offer is over.
        """
        said = read_hand_text(text, self._keys)
        if said.type != "answer":
            raise InvalidInputError("This is not the text that was sent back.", hint=_HINT)
        if said.attempt != self._attempt:
            raise InvalidInputError("This answers another text than the one shown.", hint=_HINT)
        self._answered = True
        self._link.signal({"type": "answer", "sdp": said.sdp})
        await self._link.opened(CONNECTING)
        return said.sender, self._link

    def close(self) -> None:
        """Gives up what was not answered."""
        if not self._answered:
            self._link.close()


class HandAnswer:
    """The second text, to be taken back, and the link that opens when it was."""

    def __init__(self, link: DirectLink, said: Said, me: str, sdp: str, keys: HandKeys) -> None:
        self._link, self._other = link, said.sender
        self.text = hand_text(me, said.attempt, sdp, keys)
        self._linked = False

    async def linked(self) -> tuple[str, DirectLink]:
        """The id of who is at the other end, and the link to it, once they took the text.

        Raises `UnreachableError` when no link came about in an hour.
        """
        await self._link.opened(CARRYING)
        self._linked = True
        return self._other, self._link

    def close(self) -> None:
        """Gives up what was not taken."""
        if not self._linked:
            self._link.close()


async def offer_by_hand(
    me: str, keys: HandKeys, settings: Settings, warn: Callable[[str], None]
) -> HandOffer:
    """Begin an introduction. Raises `UnreachableError` on a machine without any address."""
    gathered = _Gathered()
    link = await offer(gathered.take, settings=settings, warn=warn)
    return HandOffer(link, me, await gathered.whole(link), keys)


async def answer_by_hand(
    text: str, me: str, keys: HandKeys, settings: Settings, warn: Callable[[str], None]
) -> HandAnswer:
    """Answer an introduction. Raises `InvalidInputError` for a text that is none of this room or
    none to be answered, and `UnreachableError` on a machine without any address.
    """
    said = read_hand_text(text, keys)
    if said.type != "offer":
        raise InvalidInputError(
            "This is an answer: it belongs to who began.", hint="Paste the text that they gave you."
        )
    if said.sender == me:
        raise InvalidInputError("This text was made here.", hint="Send it to the other person.")
    gathered = _Gathered()
    link = await answer(gathered.take, settings=replace(settings, patient=True), warn=warn)
    link.signal({"type": "offer", "sdp": said.sdp})
    return HandAnswer(link, said, me, await gathered.whole(link), keys)


class _Gathered:
    """A description with the candidates that came after it."""

    def __init__(self) -> None:
        self._sdp = ""
        self._complete = asyncio.Event()

    def take(self, said: dict[str, Any]) -> None:
        if said["type"] != "candidate":
            self._sdp = said["sdp"]
        elif said["candidate"]:
            self._sdp += f"a={said['candidate']['candidate']}\r\n"
        else:
            self._complete.set()

    async def whole(self, link: DirectLink) -> str:
        """The description with what was found in the time there is."""
        closed = asyncio.ensure_future(link.wait_closed())
        complete = asyncio.ensure_future(self._complete.wait())
        first = asyncio.FIRST_COMPLETED
        await asyncio.wait({closed, complete}, timeout=GATHERING, return_when=first)
        for one in (closed, complete):
            one.cancel()
        if link.reason is not None or not self._sdp:
            await link.opened(0)
        return self._sdp
